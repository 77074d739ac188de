// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import org.wgj.benchmarks.lab.Column;
import org.wgj.benchmarks.lab.Implementation;

/** The sender and the receiver of a cold start. */
enum ColdPair implements Column {
    WGJ("wgj", Implementation.WGJ, Implementation.WGJ),
    WIREGUARD_GO("wireguard-go", Implementation.WIREGUARD_GO, Implementation.WIREGUARD_GO),
    WGJ_SENDS("wgj to wireguard-go", Implementation.WGJ, Implementation.WIREGUARD_GO),
    WGJ_RECEIVES("wireguard-go to wgj", Implementation.WIREGUARD_GO, Implementation.WGJ);

    private final String label;
    private final Implementation sender;
    private final Implementation receiver;

    ColdPair(String label, Implementation sender, Implementation receiver) {
        this.label = label;
        this.sender = sender;
        this.receiver = receiver;
    }

    @Override
    public String label() {
        return label;
    }

    Implementation sender() {
        return sender;
    }

    Implementation receiver() {
        return receiver;
    }

    /** Whether both ends are of one implementation: then the whole start is measured. */
    boolean isUniform() {
        return sender == receiver;
    }
}
