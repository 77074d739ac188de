-- SPDX-License-Identifier: Apache-2.0
-- The tables of one mesh, for SQLite and PostgreSQL alike. Times are milliseconds since 1970; flags are 0 or 1; keys are
-- WireGuard's base64. No table has a secret.

-- The mesh itself: one row. Every writer changes it first, so that writers take turns.
CREATE TABLE mesh (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    epoch TEXT NOT NULL,
    revision BIGINT NOT NULL,
    kept_from BIGINT NOT NULL, -- the oldest revision that node_history still answers
    commits BIGINT NOT NULL,
    lock_key TEXT, -- Ed25519, base64 of the 32 bytes; without it the mesh has no lock
    next_node BIGINT NOT NULL,
    next_token BIGINT NOT NULL,
    created BIGINT NOT NULL,
    audit_seq BIGINT NOT NULL, -- the last entry of the audit, and its hash
    audit_hash TEXT NOT NULL
);

CREATE TABLE plane (
    name TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL UNIQUE,
    ranges TEXT NOT NULL, -- one or two prefixes, separated by a blank
    port BIGINT NOT NULL,
    mtu BIGINT NOT NULL
);

CREATE TABLE coordinator (
    id BIGINT NOT NULL PRIMARY KEY,
    public_key TEXT NOT NULL UNIQUE,
    endpoints TEXT NOT NULL, -- separated by blanks, the best first
    relay BIGINT NOT NULL
);

CREATE TABLE token (
    id BIGINT NOT NULL PRIMARY KEY,
    public_key TEXT NOT NULL UNIQUE,
    node_name TEXT, -- the only name it is good for
    planes TEXT, -- separated by blanks; without it all
    uses BIGINT NOT NULL,
    uses_left BIGINT NOT NULL CHECK (uses_left >= 0),
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    approve BIGINT NOT NULL, -- nodes that join by it wait for approval
    ephemeral BIGINT NOT NULL,
    may_replace BIGINT NOT NULL, -- may take the name's place from the node that has it
    revoked BIGINT
);

-- Nodes stay after their removal, so that an id never comes back.
CREATE TABLE node (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'member', 'removed')),
    relay BIGINT NOT NULL,
    stock BIGINT NOT NULL,
    ephemeral BIGINT NOT NULL,
    machine TEXT,
    token BIGINT,
    joined BIGINT NOT NULL,
    removed BIGINT,
    last_contact BIGINT NOT NULL,
    signature TEXT, -- the lock's, base64
    next_signature TEXT -- the lock's for the time when the pending keys are the keys
);

CREATE UNIQUE INDEX node_name ON node (name) WHERE state <> 'removed';
CREATE INDEX node_state ON node (state);

CREATE TABLE membership (
    node BIGINT NOT NULL REFERENCES node (id),
    plane TEXT NOT NULL REFERENCES plane (name),
    public_key TEXT NOT NULL,
    pending_key TEXT, -- published, replaces public_key when the node has used it
    wanted_key TEXT, -- asked for, waits for the lock's signature
    previous_key TEXT, -- still good for a short time after a rotation
    rotation_began BIGINT,
    rotation_ended BIGINT,
    rotation_wanted BIGINT NOT NULL, -- the admin wants the node to make a new key
    port BIGINT NOT NULL,
    PRIMARY KEY (node, plane)
);

-- Every key that is in use in whatever way. No key belongs to two.
CREATE TABLE used_key (
    public_key TEXT NOT NULL PRIMARY KEY,
    node BIGINT REFERENCES node (id), -- NULL for a coordinator's
    plane TEXT
);

CREATE INDEX used_key_node ON used_key (node);

-- Addresses in use or in quarantine, as the number of the host in the ranges of its plane.
CREATE TABLE address (
    plane TEXT NOT NULL REFERENCES plane (name),
    host BIGINT NOT NULL,
    node BIGINT REFERENCES node (id), -- or a coordinator
    coordinator BIGINT REFERENCES coordinator (id),
    released BIGINT, -- free again a day after
    PRIMARY KEY (plane, host)
);

CREATE INDEX address_node ON address (node);

CREATE TABLE candidate (
    node BIGINT NOT NULL REFERENCES node (id),
    plane TEXT NOT NULL,
    kind TEXT NOT NULL,
    position BIGINT NOT NULL,
    endpoint TEXT NOT NULL,
    PRIMARY KEY (node, plane, kind, position)
);

CREATE TABLE route (
    prefix TEXT NOT NULL,
    node BIGINT NOT NULL REFERENCES node (id),
    approved BIGINT NOT NULL,
    owner BIGINT NOT NULL, -- this node is the one that the mesh sends the prefix's packets to
    PRIMARY KEY (prefix, node)
);

CREATE UNIQUE INDEX route_owner ON route (prefix) WHERE owner = 1;

CREATE TABLE redemption (
    token BIGINT NOT NULL REFERENCES token (id),
    public_key TEXT NOT NULL,
    node BIGINT NOT NULL REFERENCES node (id),
    redeemed BIGINT NOT NULL,
    PRIMARY KEY (token, public_key)
);

-- What nodes were at a revision; no body means gone.
CREATE TABLE node_history (
    node BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    body TEXT,
    PRIMARY KEY (node, revision)
);

CREATE INDEX node_history_revision ON node_history (revision);

CREATE TABLE coordinator_history (
    revision BIGINT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);

-- Append only: each entry's hash covers the one before it.
CREATE TABLE audit (
    seq BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    verb TEXT NOT NULL,
    object TEXT NOT NULL,
    was TEXT NOT NULL,
    became TEXT NOT NULL,
    hash TEXT NOT NULL
);
