BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
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
CREATE TABLE deliveries (
	id VARCHAR NOT NULL, 
	subscription VARCHAR NOT NULL, 
	event INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	due_at DOUBLE NOT NULL, 
	last JSON, 
	CONSTRAINT pk_deliveries PRIMARY KEY (id), 
	CONSTRAINT fk_deliveries_subscription FOREIGN KEY(subscription) REFERENCES subscriptions (id) ON DELETE CASCADE, 
	CONSTRAINT fk_deliveries_event FOREIGN KEY(event) REFERENCES events (number) ON DELETE CASCADE
);
INSERT INTO "deliveries" VALUES('dlv_1','sub_1',8,'waiting',2,1764000016.0,'{"status": 503}');
CREATE TABLE events (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR NOT NULL, 
	reading VARCHAR NOT NULL, 
	mark BLOB NOT NULL, 
	type VARCHAR NOT NULL, 
	at DOUBLE NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT uq_events_id UNIQUE (id), 
	CONSTRAINT fk_events_reading FOREIGN KEY(reading) REFERENCES readings (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES(8,'evt_1','rdg_1',X'1C','acme.new_order',1764000015.0,X'1D');
CREATE TABLE facts (
	name VARCHAR NOT NULL, 
	value BLOB NOT NULL, 
	CONSTRAINT pk_facts PRIMARY KEY (name)
);
INSERT INTO "facts" VALUES('proof of the secret key',X'00010203');
INSERT INTO "facts" VALUES('changes',X'0000000000000003');
CREATE TABLE history (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	reading VARCHAR NOT NULL, 
	at DOUBLE NOT NULL, 
	said JSON NOT NULL, 
	items BLOB, 
	CONSTRAINT fk_history_reading FOREIGN KEY(reading) REFERENCES readings (id) ON DELETE CASCADE
);
INSERT INTO "history" VALUES(5,'rdg_1',1764000017.0,'{"kind": "poll"}',X'1E');
INSERT INTO "history" VALUES(6,'rdg_2',1764000018.0,'{"kind": "gap"}',NULL);
CREATE TABLE "idempotency" (
	workspace VARCHAR NOT NULL, 
	digest BLOB NOT NULL, 
	connection VARCHAR, 
	fingerprint BLOB NOT NULL, 
	run VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	result BLOB, 
	expires_at DOUBLE NOT NULL, 
	CONSTRAINT pk_idempotency PRIMARY KEY (workspace, digest), 
	CONSTRAINT fk_idempotency_workspace FOREIGN KEY(workspace) REFERENCES workspaces (id) ON DELETE CASCADE, 
	CONSTRAINT fk_idempotency_connection FOREIGN KEY(connection) REFERENCES connections (id) ON DELETE SET NULL
);
INSERT INTO "idempotency" VALUES('ws_1',X'0D','con_1',X'0E','run_1','done',X'0F',1764000010.0);
INSERT INTO "idempotency" VALUES('ws_1',X'1D',NULL,X'1E','run_1','done',NULL,1764000010.0);
CREATE TABLE inbox (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	reading VARCHAR NOT NULL, 
	content BLOB NOT NULL, 
	at DOUBLE NOT NULL, 
	problem VARCHAR, 
	CONSTRAINT fk_inbox_reading FOREIGN KEY(reading) REFERENCES readings (id) ON DELETE CASCADE
);
INSERT INTO "inbox" VALUES(3,'rdg_1',X'18',1764000012.0,'ValueError');
INSERT INTO "inbox" VALUES(4,'rdg_1',X'19',1764000012.5,NULL);
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
CREATE TABLE memories (
	reading VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_memories PRIMARY KEY (reading, number), 
	CONSTRAINT fk_memories_reading FOREIGN KEY(reading) REFERENCES readings (id) ON DELETE CASCADE
);
INSERT INTO "memories" VALUES('rdg_1',1,X'16');
INSERT INTO "memories" VALUES('rdg_1',2,X'17');
CREATE TABLE oauth_apps (
	workspace VARCHAR NOT NULL, 
	connector VARCHAR NOT NULL, 
	"values" BLOB NOT NULL, 
	updated_at DOUBLE NOT NULL, 
	CONSTRAINT pk_oauth_apps PRIMARY KEY (workspace, connector), 
	CONSTRAINT fk_oauth_apps_workspace FOREIGN KEY(workspace) REFERENCES workspaces (id) ON DELETE CASCADE
);
INSERT INTO "oauth_apps" VALUES('ws_1','acme',X'0A',1764000008.0);
CREATE TABLE readings (
	id VARCHAR NOT NULL, 
	workspace VARCHAR NOT NULL, 
	connection VARCHAR, 
	"trigger" VARCHAR NOT NULL, 
	digest BLOB NOT NULL, 
	input BLOB NOT NULL, 
	way VARCHAR NOT NULL, 
	from_start BOOLEAN NOT NULL, 
	state VARCHAR NOT NULL, 
	interval DOUBLE NOT NULL, 
	next_at DOUBLE, 
	failures INTEGER NOT NULL, 
	error JSON, 
	token BLOB, 
	hook BLOB, 
	created_at DOUBLE NOT NULL, 
	CONSTRAINT pk_readings PRIMARY KEY (id), 
	CONSTRAINT uq_readings_token UNIQUE (token), 
	CONSTRAINT uq_readings_connection_trigger_digest UNIQUE (connection, "trigger", digest), 
	CONSTRAINT fk_readings_workspace FOREIGN KEY(workspace) REFERENCES workspaces (id) ON DELETE CASCADE, 
	CONSTRAINT fk_readings_connection FOREIGN KEY(connection) REFERENCES connections (id) ON DELETE CASCADE
);
INSERT INTO "readings" VALUES('rdg_1','ws_1','con_1','new_order',X'10',X'11','webhook',0,'active',60.0,NULL,0,'{"message": "Büro"}',X'12',X'13',1764000010.0);
INSERT INTO "readings" VALUES('rdg_2','ws_1',NULL,'gridwire.delivery_failed',X'14',X'15','system',1,'active',60.0,1764000011.5,0,NULL,NULL,NULL,1764000010.0);
CREATE TABLE subscriptions (
	id VARCHAR NOT NULL, 
	workspace VARCHAR NOT NULL, 
	reading VARCHAR NOT NULL, 
	target BLOB NOT NULL, 
	has_target BOOLEAN NOT NULL, 
	format VARCHAR NOT NULL, 
	ordered BOOLEAN NOT NULL, 
	interval DOUBLE, 
	state VARCHAR NOT NULL, 
	error JSON, 
	"after" INTEGER NOT NULL, 
	created_at DOUBLE NOT NULL, 
	CONSTRAINT pk_subscriptions PRIMARY KEY (id), 
	CONSTRAINT fk_subscriptions_workspace FOREIGN KEY(workspace) REFERENCES workspaces (id) ON DELETE CASCADE, 
	CONSTRAINT fk_subscriptions_reading FOREIGN KEY(reading) REFERENCES readings (id) ON DELETE CASCADE
);
INSERT INTO "subscriptions" VALUES('sub_1','ws_1','rdg_1',X'1A',1,'cloudevents',1,NULL,'active',NULL,0,1764000013.0);
INSERT INTO "subscriptions" VALUES('sub_2','ws_1','rdg_2',X'1B',0,'cloudevents',0,300.0,'paused','{"message": "no"}',7,1764000014.0);
CREATE TABLE "tickets" (
	digest BLOB NOT NULL, 
	workspace VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	content BLOB NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	"key" VARCHAR, 
	CONSTRAINT pk_tickets PRIMARY KEY (digest), 
	CONSTRAINT fk_tickets_workspace FOREIGN KEY(workspace) REFERENCES workspaces (id) ON DELETE CASCADE, 
	CONSTRAINT fk_tickets_key FOREIGN KEY("key") REFERENCES keys (id) ON DELETE CASCADE
);
INSERT INTO "tickets" VALUES(X'0B','ws_1','connect',X'0C',1764000009.0,'key_1');
CREATE TABLE workspaces (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created_at DOUBLE NOT NULL, 
	CONSTRAINT pk_workspaces PRIMARY KEY (id), 
	CONSTRAINT uq_workspaces_name UNIQUE (name)
);
INSERT INTO "workspaces" VALUES('ws_1','default',1764000000.5);
INSERT INTO "workspaces" VALUES('ws_2','north',1764000001.0);
CREATE INDEX ix_readings_next_at ON readings (next_at);
CREATE INDEX ix_inbox_reading ON inbox (reading);
CREATE INDEX ix_subscriptions_reading ON subscriptions (reading);
CREATE INDEX ix_events_reading_events_mark ON events (reading, mark);
CREATE INDEX ix_events_at ON events (at);
CREATE INDEX ix_deliveries_subscription_deliveries_state_deliveries_due_at ON deliveries (subscription, state, due_at);
CREATE INDEX ix_deliveries_event ON deliveries (event);
CREATE INDEX ix_history_reading_history_number ON history (reading, number);
CREATE INDEX ix_tickets_expires_at ON tickets (expires_at);
CREATE INDEX ix_idempotency_connection ON idempotency (connection);
CREATE INDEX ix_idempotency_expires_at ON idempotency (expires_at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('inbox',4);
INSERT INTO "sqlite_sequence" VALUES('events',8);
INSERT INTO "sqlite_sequence" VALUES('history',6);
COMMIT;
