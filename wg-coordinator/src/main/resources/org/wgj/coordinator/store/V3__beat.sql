-- SPDX-License-Identifier: Apache-2.0
-- By which the others see that a coordinator lives: it changes each minute while there are several.
ALTER TABLE coordinator ADD COLUMN beat BIGINT NOT NULL DEFAULT 0;
