// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import java.io.IOException;

/** An interface cannot come up before the name of an endpoint can be looked up. */
final class UnresolvedName extends IOException {
    private static final long serialVersionUID = 1;

    UnresolvedName(String message, IOException cause) {
        super(message, cause);
    }
}
