-- A request may name its customer: by number, or as the register has the name, in any case.
CREATE INDEX customers_v1_name ON customers_v1 (desk, lower(name COLLATE pg_c_utf8));
