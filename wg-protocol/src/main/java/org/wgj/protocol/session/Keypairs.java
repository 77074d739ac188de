// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.session;

import java.util.function.Consumer;

/**
 * The up to three sessions with a peer, previous, current and next, and how they replace one
 * another (whitepaper 6.3, and 5.1 for key confirmation).
 *
 * <pre>
 *                  we were initiator                    we were responder
 *   handshake      current, the old one to previous     next, not used for sending yet
 *   first packet   -                                    next to current, the old one to previous
 * </pre>
 *
 * The response tells the initiator that the responder has the new keys. The first packet sealed
 * with them tells the responder that the initiator has them. A session that is replaced is retired
 * and wiped at once.
 */
public final class Keypairs {
    private final Consumer<Keypair> retired;
    private Keypair previous;
    private Keypair current;
    private Keypair next;

    /**
     * Creates an empty set of sessions.
     *
     * @param retired unregisters a session before it is wiped
     */
    public Keypairs(Consumer<Keypair> retired) {
        this.retired = retired;
    }

    /**
     * Returns the session to send with.
     *
     * @return null if there is none
     */
    public Keypair current() {
        return current;
    }

    /**
     * Returns the session before the current one, which still receives.
     *
     * @return null if there is none
     */
    public Keypair previous() {
        return previous;
    }

    /**
     * Returns the session that the peer began and has not confirmed yet.
     *
     * @return null if there is none
     */
    public Keypair next() {
        return next;
    }

    /**
     * Returns whether there is no session at all.
     *
     * @return true if previous, current and next are null
     */
    public boolean isEmpty() {
        return previous == null && current == null && next == null;
    }

    /**
     * Adds a new session: as current if we are its initiator, otherwise as next.
     *
     * @param keypair the session
     */
    public void add(Keypair keypair) {
        if (keypair.initiator()) {
            retire(previous);
            if (next == null) {
                previous = current;
            } else {
                // The peer began this session, has not confirmed it, and may be about to use it.
                previous = next;
                next = null;
                retire(current);
            }
            current = keypair;
        } else {
            retire(next);
            next = keypair;
            retire(previous);
            previous = null;
        }
    }

    /**
     * Makes the next session the current one if a packet confirms it. Call it for authenticated
     * packets only.
     *
     * @param receivedWith the session of the packet
     * @return whether the packet confirmed the next session
     */
    public boolean confirm(Keypair receivedWith) {
        if (receivedWith != next || next == null) {
            return false;
        }
        retire(previous);
        previous = current;
        current = next;
        next = null;
        return true;
    }

    /**
     * Returns whether a packet of this session may be newer than all received so far, going by the
     * sessions alone. A peer never returns to the previous session after it has used the current
     * one. But as long as nothing was received with the current one, the peer may not have it, or
     * may have begun another one at the same time.
     *
     * @param receivedWith the session of the packet
     * @return false if the packet must be older
     */
    public boolean isNewest(Keypair receivedWith) {
        return receivedWith != previous || current.window().isEmpty();
    }

    /**
     * Returns whether we send to an index in one of these sessions.
     *
     * @param remoteIndex a receiver index
     * @return whether one of them has it as its remote index
     */
    public boolean sendTo(int remoteIndex) {
        return isTo(remoteIndex, current) || isTo(remoteIndex, previous) || isTo(remoteIndex, next);
    }

    private static boolean isTo(int remoteIndex, Keypair keypair) {
        return keypair != null && keypair.remoteIndex() == remoteIndex;
    }

    /** Forbids sending. Datagrams already on their way to us are still received. */
    public void forbidSending() {
        if (current != null) {
            current.forbidSending();
        }
        if (next != null) {
            next.forbidSending();
        }
    }

    /** Retires and wipes all sessions. */
    public void clear() {
        retire(previous);
        retire(current);
        retire(next);
        previous = null;
        current = null;
        next = null;
    }

    private void retire(Keypair keypair) {
        if (keypair != null) {
            retired.accept(keypair);
            keypair.wipe();
        }
    }
}
