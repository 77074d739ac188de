// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;

/** Too many attempts to connect to the same target are pending. */
final class TooManyDialsException extends IOException {
    private static final long serialVersionUID = 1;

    TooManyDialsException(String message) {
        super(message);
    }
}
