// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.io.IOException;
import java.io.Serial;

/**
 * A DNS message that breaks the format. It has no stack trace: a peer can cause as many as it
 * wants.
 */
public final class DnsFormatException extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    /**
     * Makes one.
     *
     * @param message what is wrong, and at which byte
     */
    DnsFormatException(String message) {
        super(message);
    }

    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
