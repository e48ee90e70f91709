CREATE TABLE `health_checks` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`project_id` text NOT NULL,
	`at` integer NOT NULL,
	`seconds` real NOT NULL,
	`by` text NOT NULL,
	`failures` integer NOT NULL,
	`warnings` integer NOT NULL,
	`database_bytes` integer,
	`server_version` text,
	`conditions` text NOT NULL,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `health_checks_of_project` ON `health_checks` (`project_id`,`id`);--> statement-breakpoint
CREATE TABLE `former_credentials` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`project_id` text NOT NULL,
	`name` text NOT NULL,
	`sealed` text NOT NULL,
	`set_at` integer NOT NULL,
	`set_by` text NOT NULL,
	`kept_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `former_credentials_of_project` ON `former_credentials` (`project_id`);--> statement-breakpoint
CREATE TABLE `removed_projects` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`env_file` text NOT NULL,
	`kept_as` text,
	`removed_at` integer NOT NULL,
	`removed_by` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `projects` ADD `inactive_since` integer;