// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.session.Keypair;

import java.util.HashMap;
import java.util.Map;

/**
 * What the devices of one process have in common: memory for packets that wait for a session, and
 * the sessions by which one knows the datagrams of another when they are to go through its tunnel.
 *
 * <p>Devices of several threads share it. The sessions are guarded by its monitor.
 */
public final class DeviceGroup {
    private final StagingBudget staging = new StagingBudget();

    /** By the index that the peer is addressed by; of two with the same one is not known. */
    private final Map<Integer, Keypair> sessions = new HashMap<>();

    /** Without devices. */
    public DeviceGroup() {}

    StagingBudget staging() {
        return staging;
    }

    synchronized void add(Keypair session) {
        sessions.put(session.remoteIndex(), session);
    }

    synchronized void remove(Keypair session) {
        sessions.remove(session.remoteIndex(), session);
    }

    /** The session in which transport data with that index is sent; null when none is. */
    synchronized Keypair sessionTo(int remoteIndex) {
        return sessions.get(remoteIndex);
    }
}
