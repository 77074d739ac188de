// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import java.io.IOException;

/** The database failed. The message says which database and why, and contains no password. */
public final class StoreException extends IOException {
    private static final long serialVersionUID = 1L;

    StoreException(String message, Throwable cause) {
        super(message, cause);
    }

    StoreException(String message) {
        super(message);
    }
}
