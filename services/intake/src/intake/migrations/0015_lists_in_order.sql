-- Lists are read in the order of their pages, from one end of an index: by status also what has
-- ended, a person's own, what an engineer has, a customer's.
DROP INDEX ticket_view_v1_open;
CREATE INDEX ticket_view_v1_status ON ticket_view_v1 (desk, status, key);
DROP INDEX ticket_view_v1_requester;
CREATE INDEX ticket_view_v1_requester ON ticket_view_v1 (requester, key);
CREATE INDEX ticket_view_v1_assignee ON ticket_view_v1 (desk, assignee, key) WHERE assignee IS NOT NULL;
CREATE INDEX ticket_view_v1_customer ON ticket_view_v1 (desk, customer, key) WHERE customer IS NOT NULL;
