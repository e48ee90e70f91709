ALTER TABLE `launches` ADD `options` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `launches` ADD `answer` text;