// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import java.io.IOException;
import java.nio.file.Path;

/** Another process, which is the coordinator as a rule, has the file of the store open. */
public final class StoreInUseException extends IOException {
    private static final long serialVersionUID = 1L;

    StoreInUseException(Path file) {
        super(
                file
                        + ": another process has this store open, probably the coordinator: stop it"
                        + " or use its socket");
    }
}
