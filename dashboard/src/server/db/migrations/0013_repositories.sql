DROP INDEX `run_sums_by_project`;--> statement-breakpoint
ALTER TABLE `run_sums` ADD `repository_bytes` integer;--> statement-breakpoint
ALTER TABLE `run_sums` ADD `sized_at` integer;--> statement-breakpoint
CREATE INDEX `run_sums_by_project` ON `run_sums` (`unit`,`project_id`,`kind`,`start`,`good`,`degraded`,`failed`,`unreadable`,`seconds`,`longest_seconds`,`archive_run_seconds`,`original_bytes`,`compressed_bytes`,`new_bytes`,`bytes_fetched`,`repository_delta`,`last_good_at`,`repository_bytes`,`sized_at`);--> statement-breakpoint
ALTER TABLE `projects` ADD `repository` text;