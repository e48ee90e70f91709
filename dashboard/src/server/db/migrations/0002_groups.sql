CREATE TABLE `project_labels` (
	`project_id` text NOT NULL,
	`kind` text NOT NULL,
	`label` text NOT NULL,
	PRIMARY KEY(`project_id`, `kind`, `label`),
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `project_labels_by_label` ON `project_labels` (`kind`,`label`);--> statement-breakpoint
ALTER TABLE `tokens` ADD `groups` text;--> statement-breakpoint
ALTER TABLE `users` ADD `groups` text;--> statement-breakpoint
ALTER TABLE `projects` ADD `environment` text;