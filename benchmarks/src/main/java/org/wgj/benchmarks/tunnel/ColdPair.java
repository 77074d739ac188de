// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Column;

/** The sender and the receiver of a cold start. */
enum ColdPair implements Column {
    WGJ("wgj", Carrier.WGJ, Carrier.WGJ),
    WIREGUARD_GO("wireguard-go", Carrier.WIREGUARD_GO, Carrier.WIREGUARD_GO),
    WGJ_SENDS("wgj to wireguard-go", Carrier.WGJ, Carrier.WIREGUARD_GO),
    WGJ_RECEIVES("wireguard-go to wgj", Carrier.WIREGUARD_GO, Carrier.WGJ);

    private final String label;
    private final Carrier sender;
    private final Carrier receiver;

    ColdPair(String label, Carrier sender, Carrier receiver) {
        this.label = label;
        this.sender = sender;
        this.receiver = receiver;
    }

    @Override
    public String label() {
        return label;
    }

    Carrier sender() {
        return sender;
    }

    Carrier receiver() {
        return receiver;
    }

    /** Returns whether both ends are of one implementation: then the whole start is measured. */
    boolean isUniform() {
        return sender == receiver;
    }
}
