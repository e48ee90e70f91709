ALTER TABLE `alerts` ADD `cause` text;--> statement-breakpoint
ALTER TABLE `alerts` ADD `came_at` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `alerts` ADD `flapping_since` integer;--> statement-breakpoint
ALTER TABLE `alerts` ADD `gone_at` integer;--> statement-breakpoint
CREATE INDEX `alerts_of_cause` ON `alerts` (`cause`,`opened_at`);