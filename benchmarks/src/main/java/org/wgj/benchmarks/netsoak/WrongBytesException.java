// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import java.io.IOException;

/** A stream is not what was sent: never allowed, whatever happens to the tunnel. */
final class WrongBytesException extends IOException {
    private static final long serialVersionUID = 1;

    WrongBytesException(String message) {
        super(message);
    }
}
