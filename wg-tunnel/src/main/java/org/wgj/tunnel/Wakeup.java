// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import java.io.IOException;

/** Runs an action of a tunnel when a deadline of its clock has come. Owned by the loop's thread. */
interface Wakeup {
    /** Makes ready; called once. */
    void start() throws IOException;

    /** Runs the action at that time or earlier: too early does no harm. */
    void setFor(long deadlineNs);

    /** Does nothing the second time. */
    void close();
}
