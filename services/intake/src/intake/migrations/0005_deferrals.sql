-- Asked once a second: which deferrals are over.
CREATE INDEX ticket_view_v1_deferred ON ticket_view_v1 (deferred_until) WHERE status = 'deferred';
