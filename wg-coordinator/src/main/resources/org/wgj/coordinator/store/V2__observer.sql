-- SPDX-License-Identifier: Apache-2.0
-- Which coordinator observed a candidate: each sees a node at a port of its own, or in a family of its own.
ALTER TABLE candidate ADD COLUMN coordinator BIGINT; -- NULL for what the node says
