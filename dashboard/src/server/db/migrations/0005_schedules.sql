CREATE TABLE `schedules` (
	`id` text PRIMARY KEY NOT NULL,
	`project_id` text NOT NULL,
	`name` text NOT NULL,
	`plan` text NOT NULL,
	`cron` text,
	`time_zone` text NOT NULL,
	`after_id` text,
	`after_outcome` text DEFAULT 'success' NOT NULL,
	`window_from` text,
	`window_to` text,
	`is_paused` integer NOT NULL,
	`next_at` integer,
	`worked_out_at` integer NOT NULL,
	`held_until` integer,
	`last_due_at` integer,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`after_id`) REFERENCES `schedules`(`id`) ON UPDATE no action ON DELETE set null
);
--> statement-breakpoint
CREATE INDEX `schedules_of_project` ON `schedules` (`project_id`);--> statement-breakpoint
CREATE INDEX `schedules_by_time` ON `schedules` (`next_at`);--> statement-breakpoint
CREATE INDEX `schedules_after` ON `schedules` (`after_id`);--> statement-breakpoint
ALTER TABLE `launches` ADD `settings` text;--> statement-breakpoint
ALTER TABLE `launches` ADD `begun_at` integer;--> statement-breakpoint
ALTER TABLE `launches` ADD `not_after` integer;--> statement-breakpoint
ALTER TABLE `launches` ADD `schedule_id` text;--> statement-breakpoint
ALTER TABLE `launches` ADD `is_followed` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `launches_by_state` ON `launches` (`state`);--> statement-breakpoint
CREATE INDEX `launches_of_schedule` ON `launches` (`schedule_id`,`started_at`);