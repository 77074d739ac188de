// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import org.wgj.benchmarks.lab.Column;

/** An implementation that seals and opens. */
enum CryptoEngine implements Column {
    /** The one that wgj chooses on this machine. */
    WGJ("wgj"),
    CIPHER("the JDK's Cipher"),
    OPENSSL("OpenSSL");

    private final String label;

    CryptoEngine(String label) {
        this.label = label;
    }

    @Override
    public String label() {
        return label;
    }
}
