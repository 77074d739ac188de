// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs the faults of code that is not ours, such as a filter or an interface in memory. A fault may
 * come with every packet, so the first one is logged as an error and the others for debugging. Used
 * by one thread.
 */
final class ForeignCode {
    private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);

    private final String tunnel;
    private final String what;
    private boolean told;

    /**
     * @param tunnel the interface's name
     * @param what the code, as the subject of a sentence
     */
    ForeignCode(String tunnel, String what) {
        this.tunnel = tunnel;
        this.what = what;
    }

    void failed(Throwable e) {
        if (told) {
            LOG.debug("{}: {} failed again", tunnel, what, e);
        } else {
            told = true;
            LOG.error("{}: {} failed, and packets were lost", tunnel, what, e);
        }
    }
}
