// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.nft;

/** The answer to a question if some facts about the packet may be unknown. */
enum Tristate {
    TRUE,
    FALSE,
    UNKNOWN;

    static Tristate of(boolean value) {
        return value ? TRUE : FALSE;
    }

    Tristate and(Tristate other) {
        if (this == FALSE || other == FALSE) {
            return FALSE;
        }
        return this == TRUE ? other : UNKNOWN;
    }

    Tristate or(Tristate other) {
        if (this == TRUE || other == TRUE) {
            return TRUE;
        }
        return this == FALSE ? other : UNKNOWN;
    }

    Tristate not() {
        return switch (this) {
            case TRUE -> FALSE;
            case FALSE -> TRUE;
            case UNKNOWN -> UNKNOWN;
        };
    }
}
