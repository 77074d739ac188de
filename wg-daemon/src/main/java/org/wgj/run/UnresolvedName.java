// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import java.io.IOException;

/** Reports that an interface cannot come up before the host name of an endpoint can be resolved. */
final class UnresolvedName extends IOException {
    private static final long serialVersionUID = 1;

    UnresolvedName(String message, IOException cause) {
        super(message, cause);
    }
}
