CREATE TABLE `idempotent_requests` (
	`actor` text NOT NULL,
	`key` text NOT NULL,
	`request_hash` text NOT NULL,
	`status` integer,
	`location` text,
	`sealed_body` text,
	`at` integer NOT NULL,
	PRIMARY KEY(`actor`, `key`)
);
--> statement-breakpoint
CREATE INDEX `idempotent_requests_time` ON `idempotent_requests` (`at`);--> statement-breakpoint
CREATE TABLE `run_sums` (
	`project_id` text NOT NULL,
	`unit` text NOT NULL,
	`start` integer NOT NULL,
	`kind` text NOT NULL,
	`good` integer NOT NULL,
	`degraded` integer NOT NULL,
	`failed` integer NOT NULL,
	`unreadable` integer NOT NULL,
	`seconds` real NOT NULL,
	`longest_seconds` real NOT NULL,
	`archives` integer NOT NULL,
	`archive_run_seconds` real NOT NULL,
	`original_bytes` integer NOT NULL,
	`compressed_bytes` integer NOT NULL,
	`new_bytes` integer NOT NULL,
	`bytes_fetched` integer NOT NULL,
	`repository_delta` integer NOT NULL,
	`last_at` integer NOT NULL,
	`last_good_at` integer,
	PRIMARY KEY(`unit`, `start`, `project_id`, `kind`),
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `run_sums_of_project` ON `run_sums` (`project_id`);--> statement-breakpoint
ALTER TABLE `runs` ADD `compressed_bytes` integer;--> statement-breakpoint
ALTER TABLE `runs` ADD `repository_bytes` integer;--> statement-breakpoint
ALTER TABLE `runs` ADD `archive_seconds` real;--> statement-breakpoint
ALTER TABLE `runs` ADD `proof` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `index_version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `runs_by_start` ON `runs` (`started_at`);