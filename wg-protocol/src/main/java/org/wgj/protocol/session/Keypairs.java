// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.session;

import java.util.function.Consumer;

/**
 * The up to three sessions with a peer and the rules between them (whitepaper 6.3 and 5.1: key
 * confirmation).
 *
 * <pre>
 *                  we were initiator                    we were responder
 *   handshake      current, the old one to previous     next, not used for sending yet
 *   first packet   -                                    next to current, the old one to previous
 * </pre>
 *
 * The initiator knows from the response that the responder has the new keys. The responder learns
 * it from the first packet sealed with them. Whatever falls out is given to {@code retired} at
 * once, to be unregistered and wiped.
 */
public final class Keypairs {
    private final Consumer<Keypair> retired;
    private Keypair previous;
    private Keypair current;
    private Keypair next;

    public Keypairs(Consumer<Keypair> retired) {
        this.retired = retired;
    }

    /** The one to send with, or null. */
    public Keypair current() {
        return current;
    }

    public Keypair previous() {
        return previous;
    }

    public Keypair next() {
        return next;
    }

    public boolean isEmpty() {
        return previous == null && current == null && next == null;
    }

    /** Puts a new session in its place. */
    public void add(Keypair keypair) {
        if (keypair.initiator()) {
            retire(previous);
            if (next == null) {
                previous = current;
            } else {
                // A session that the peer began and has not confirmed yet: it may be about to use
                // it.
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
     * To be called for each authenticated packet. True when it confirmed the next session, now the
     * current one.
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
     * Whether the peer may have sent a packet of this session after all that was received so far,
     * going by the sessions alone. It never returns to the one before once it has used a newer one;
     * but while nothing has come with the current one the peer may not have it, or, where both
     * sides began at once, go on with its own.
     */
    public boolean isNewest(Keypair receivedWith) {
        return receivedWith != previous || current.window().isEmpty();
    }

    /** Whether transport data to that index is of one of them. */
    public boolean sendTo(int remoteIndex) {
        return isTo(remoteIndex, current) || isTo(remoteIndex, previous) || isTo(remoteIndex, next);
    }

    private static boolean isTo(int remoteIndex, Keypair keypair) {
        return keypair != null && keypair.remoteIndex() == remoteIndex;
    }

    /** Nothing may be sent with them any more; what is under way to us is still received. */
    public void forbidSending() {
        if (current != null) {
            current.forbidSending();
        }
        if (next != null) {
            next.forbidSending();
        }
    }

    /** Wipes all. */
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
