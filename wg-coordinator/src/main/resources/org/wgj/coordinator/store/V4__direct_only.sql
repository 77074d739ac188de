-- SPDX-License-Identifier: Apache-2.0
-- Whether the node asks that none of its packets pass through a relay.
ALTER TABLE node ADD COLUMN direct_only BIGINT NOT NULL DEFAULT 0;
