// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.message.HandshakeMessage;

import java.util.ArrayDeque;

/**
 * Queues handshake messages, each of which costs as much as many packets of data, and decides
 * whether the device is under load (whitepaper 5.3). Both limits are the kernel's.
 *
 * <p>Owned by the device's thread.
 */
final class HandshakeQueue {
    static final int MAX_WAITING = 4096;
    static final int LOADED_FROM = MAX_WAITING / 8;

    /** The time that load lasts after the queue has become short again. */
    private static final long LOAD_LASTS_NS = Limits.SECOND;

    record Waiting(HandshakeMessage message, Endpoint source) {}

    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private boolean everLoaded;
    private long lastLoadedNs;

    /** Adds a message; returns false if the queue is full. */
    boolean add(HandshakeMessage message, Endpoint source) {
        if (queue.size() >= MAX_WAITING) {
            return false;
        }
        queue.addLast(new Waiting(message, source));
        return true;
    }

    /** Takes the oldest message; returns null if there is none. */
    Waiting poll() {
        return queue.pollFirst();
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    void clear() {
        queue.clear();
    }

    boolean underLoad(long nowNs) {
        if (queue.size() >= LOADED_FROM) {
            load(nowNs);
        }
        return everLoaded && nowNs - lastLoadedNs < LOAD_LASTS_NS;
    }

    /** Begins load for another reason than the length of the queue. */
    void load(long nowNs) {
        everLoaded = true;
        lastLoadedNs = nowNs;
    }
}
