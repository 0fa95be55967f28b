BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE connections (
	id VARCHAR NOT NULL, 
	workspace VARCHAR NOT NULL, 
	connector VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	account BLOB NOT NULL, 
	session BLOB, 
	state VARCHAR NOT NULL, 
	last_error JSON, 
	created_at DOUBLE NOT NULL, 
	updated_at DOUBLE NOT NULL, 
	tested_at DOUBLE, 
	CONSTRAINT pk_connections PRIMARY KEY (id), 
	CONSTRAINT uq_connections_workspace_name UNIQUE (workspace, name), 
	CONSTRAINT fk_connections_workspace FOREIGN KEY(workspace) REFERENCES workspaces (id) ON DELETE CASCADE
);
INSERT INTO "connections" VALUES('con_1','ws_1','acme','acme',X'CAFE',X'BEEF','reconnect','{"kind": "reconnect"}',1764000005.0,1764000006.0,1764000007.0);
INSERT INTO "connections" VALUES('con_2','ws_2','acme','acme',X'CAFE02',NULL,'ok',NULL,1764000005.0,1764000006.0,NULL);
CREATE TABLE facts (
	name VARCHAR NOT NULL, 
	value BLOB NOT NULL, 
	CONSTRAINT pk_facts PRIMARY KEY (name)
);
INSERT INTO "facts" VALUES('proof of the secret key',X'00010203');
INSERT INTO "facts" VALUES('changes',X'0000000000000003');
CREATE TABLE idempotency (
	workspace VARCHAR NOT NULL, 
	digest BLOB NOT NULL, 
	connection VARCHAR NOT NULL, 
	fingerprint BLOB NOT NULL, 
	run VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	result BLOB, 
	expires_at DOUBLE NOT NULL, 
	CONSTRAINT pk_idempotency PRIMARY KEY (workspace, digest), 
	CONSTRAINT fk_idempotency_workspace FOREIGN KEY(workspace) REFERENCES workspaces (id) ON DELETE CASCADE, 
	CONSTRAINT fk_idempotency_connection FOREIGN KEY(connection) REFERENCES connections (id) ON DELETE CASCADE
);
INSERT INTO "idempotency" VALUES('ws_1',X'0D','con_1',X'0E','run_1','done',X'0F',1764000010.0);
CREATE TABLE keys (
	id VARCHAR NOT NULL, 
	workspace VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	digest BLOB NOT NULL, 
	scopes JSON NOT NULL, 
	created_at DOUBLE NOT NULL, 
	revoked_at DOUBLE, 
	CONSTRAINT pk_keys PRIMARY KEY (id), 
	CONSTRAINT uq_keys_digest UNIQUE (digest), 
	CONSTRAINT fk_keys_workspace FOREIGN KEY(workspace) REFERENCES workspaces (id) ON DELETE CASCADE
);
INSERT INTO "keys" VALUES('key_1','ws_1','first',X'AA','["use", "manage", "raw", "metrics"]',1764000002.0,NULL);
INSERT INTO "keys" VALUES('key_2','ws_2','Büro',X'BB','["use"]',1764000003.0,1764000004.0);
CREATE TABLE oauth_apps (
	workspace VARCHAR NOT NULL, 
	connector VARCHAR NOT NULL, 
	"values" BLOB NOT NULL, 
	updated_at DOUBLE NOT NULL, 
	CONSTRAINT pk_oauth_apps PRIMARY KEY (workspace, connector), 
	CONSTRAINT fk_oauth_apps_workspace FOREIGN KEY(workspace) REFERENCES workspaces (id) ON DELETE CASCADE
);
INSERT INTO "oauth_apps" VALUES('ws_1','acme',X'0A',1764000008.0);
CREATE TABLE tickets (
	digest BLOB NOT NULL, 
	workspace VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	content BLOB NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	CONSTRAINT pk_tickets PRIMARY KEY (digest), 
	CONSTRAINT fk_tickets_workspace FOREIGN KEY(workspace) REFERENCES workspaces (id) ON DELETE CASCADE
);
INSERT INTO "tickets" VALUES(X'0B','ws_1','connect',X'0C',1764000009.0);
CREATE TABLE workspaces (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created_at DOUBLE NOT NULL, 
	CONSTRAINT pk_workspaces PRIMARY KEY (id), 
	CONSTRAINT uq_workspaces_name UNIQUE (name)
);
INSERT INTO "workspaces" VALUES('ws_1','default',1764000000.5);
INSERT INTO "workspaces" VALUES('ws_2','north',1764000001.0);
CREATE INDEX ix_tickets_expires_at ON tickets (expires_at);
CREATE INDEX ix_idempotency_connection ON idempotency (connection);
CREATE INDEX ix_idempotency_expires_at ON idempotency (expires_at);
COMMIT;
