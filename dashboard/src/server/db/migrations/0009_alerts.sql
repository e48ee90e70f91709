CREATE TABLE `alert_channels` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`settings` text NOT NULL,
	`goes_to` text NOT NULL,
	`secrets` text,
	`secret_names` text NOT NULL,
	`secrets_set_at` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `alert_deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`alert_id` text,
	`channel_id` text,
	`channel_name` text NOT NULL,
	`what` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`next_at` integer NOT NULL,
	`answer` text,
	`created_at` integer NOT NULL,
	`delivered_at` integer,
	FOREIGN KEY (`alert_id`) REFERENCES `alerts`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`channel_id`) REFERENCES `alert_channels`(`id`) ON UPDATE no action ON DELETE set null
);
--> statement-breakpoint
CREATE INDEX `alert_deliveries_by_state` ON `alert_deliveries` (`state`,`next_at`);--> statement-breakpoint
CREATE INDEX `alert_deliveries_of_alert` ON `alert_deliveries` (`alert_id`);--> statement-breakpoint
CREATE INDEX `alert_deliveries_of_channel` ON `alert_deliveries` (`channel_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `alert_deliveries_by_time` ON `alert_deliveries` (`created_at`);--> statement-breakpoint
CREATE TABLE `alert_rules` (
	`id` text PRIMARY KEY NOT NULL,
	`rule` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `alerts` (
	`id` text PRIMARY KEY NOT NULL,
	`rule_id` text,
	`rule_name` text NOT NULL,
	`event` text NOT NULL,
	`project_id` text,
	`project_name` text,
	`open_key` text,
	`subject` text NOT NULL,
	`text` text NOT NULL,
	`severity` text NOT NULL,
	`opened_at` integer NOT NULL,
	`resolved_at` integer,
	`acknowledged_at` integer,
	`acknowledged_by` text,
	`told_at` integer NOT NULL,
	FOREIGN KEY (`rule_id`) REFERENCES `alert_rules`(`id`) ON UPDATE no action ON DELETE set null
);
--> statement-breakpoint
CREATE UNIQUE INDEX `alerts_open` ON `alerts` (`open_key`);--> statement-breakpoint
CREATE INDEX `alerts_of_rule` ON `alerts` (`rule_id`);--> statement-breakpoint
CREATE INDEX `alerts_by_time` ON `alerts` (`opened_at`);