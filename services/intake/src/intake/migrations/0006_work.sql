-- Who worked on a ticket and how long (REM-08), in which departments it was (MIC-06), its rating.
ALTER TABLE ticket_view_v1
    ADD COLUMN work jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN stays jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN rating integer;
