-- SPDX-License-Identifier: Apache-2.0
-- What a later version might do, for StoreTest.
ALTER TABLE node ADD COLUMN later TEXT;
