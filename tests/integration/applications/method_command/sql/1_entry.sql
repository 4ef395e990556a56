CREATE TABLE entry (id serial PRIMARY KEY);
