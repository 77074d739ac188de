// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.tunnel.config.FileErrors;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Changes a node's keys while it runs, one plane at a time and in these steps, of which each can be
 * the last before the machine stops:
 *
 * <pre>
 *   made       the next key is in the identity file; the coordinator is told its public key
 *   published  the map has it as pending, so peers and coordinators accept handshakes with it
 *   used       the file says so, then the tunnel changes to it: handshakes with peers replace the
 *              sessions of before, which go on until then
 *   told       handshakes with coordinators begin too
 *   done       the coordinator has heard the node under it, and the map has it as the node's key:
 *              it replaces the old one in the file
 * </pre>
 *
 * <p>Coordinators come last, since peers send to the next key as soon as the map says that it is
 * the node's: the sessions are there by then.
 *
 * <p>A tunnel has one key at a time. If the mesh does not answer under the next key, the old one is
 * used again for a while, so a node that cannot know which of the two the mesh has finds out. A key
 * that peers answer to stays meanwhile. For one thread.
 */
final class KeyRotation {
    /** The time that peers have to take a published key before it is used. */
    static final long SETTLE_MS = 1_500;

    /** The time that peers get for new sessions before the coordinators. */
    static final long APART_MS = 1_000;

    /** The time that a key is tried before the other one is. */
    static final long TRY_MS = 10_000;

    /**
     * The time that a key stays that peers answer to, while no coordinator tells which one is
     * right: sessions are renewed within that time.
     */
    static final long STAY_MS = 180_000;

    private static final long LONGEST_TRY_MS = 600_000;
    private static final Logger LOG = LoggerFactory.getLogger(KeyRotation.class);

    private final Host host;
    private final Map<String, Plane> planes = new HashMap<>();
    private Identity identity;

    /** The part of a node that a change of keys needs. */
    interface Host {
        /** Writes the identity file; when it returns, the file is on the disk. */
        void keep(Identity identity) throws IOException;

        /** Tells the coordinator of a key; {@link #refused} is called if it does not take it. */
        void publish(String plane, PublicKey key);

        /** Gives the tunnel of a plane a key, and begins handshakes with peers. */
        void use(String plane, PrivateKey key);

        /** Begins handshakes with coordinators, under the key in use. */
        void tell(String plane);

        /** Calls a task later, on the same thread. */
        void later(Runnable task, long delayMs);

        /** Returns whether a coordinator is connected, so that what the map says is of now. */
        boolean isConnected();
    }

    /** A plane whose key is being changed. */
    private final class Plane {
        final String name;
        boolean published;
        boolean usesNext;
        boolean answered; // a peer has answered to the key in use, so it must not be given up
        long pauseMs = TRY_MS;
        int timer; // counts: a task of an earlier one does nothing

        Plane(String name) {
            this.name = name;
        }

        Identity.NextKey next() {
            return identity.nextKeys().get(name);
        }

        void later(Runnable task, long delayMs) {
            int mine = ++timer;
            host.later(
                    () -> {
                        if (timer == mine && planes.get(name) == this) {
                            task.run();
                        }
                    },
                    delayMs);
        }

        /** Returns whether to wait before the other key is tried. */
        private boolean stays(Runnable change) {
            if (!answered || host.isConnected()) {
                return false;
            }
            answered = false; // it must answer again
            later(change, STAY_MS);
            return true;
        }

        private void use(boolean nextKey, PrivateKey key) {
            usesNext = nextKey;
            answered = false;
            host.use(name, key);
        }

        /** Begins to use the next key, and falls back to the old one if nothing comes of it. */
        void useNext() {
            if (next().used() && stays(this::useNext)) {
                return;
            }
            if (!host.isConnected() && !next().used()) {
                later(this::useNext, TRY_MS); // only a coordinator can end the change
                return;
            }
            if (!next().used()
                    && !keep(
                            identity.withNextKey(name, new Identity.NextKey(next().key(), true)))) {
                later(this::useNext, TRY_MS);
                return;
            }
            LOG.info("plane {} changes to its next key", name);
            use(true, next().key());
            // Without a coordinator the peers need no advance: none of them hears of the key.
            host.later(this::tell, host.isConnected() ? APART_MS : 0);
            later(this::useOld, TRY_MS);
        }

        private void tell() {
            if (planes.get(name) == this && usesNext) {
                host.tell(name);
            }
        }

        void useOld() {
            if (stays(this::useOld)) {
                return;
            }
            LOG.info("plane {} goes back to its old key for {} ms", name, pauseMs);
            use(false, identity.keys().get(name));
            host.tell(name);
            later(this::useNext, pauseMs);
            pauseMs = Math.min(LONGEST_TRY_MS, pauseMs * 2);
        }
    }

    /**
     * Goes on with the changes that the identity has; its tunnels have {@link Identity#keyInUse}.
     */
    KeyRotation(Identity identity, Host host) {
        this.identity = identity;
        this.host = host;
        for (String name : identity.nextKeys().keySet()) {
            Plane plane = new Plane(name);
            planes.put(name, plane);
            if (plane.next().used()) {
                plane.usesNext = true;
                plane.later(plane::useOld, TRY_MS);
            }
        }
    }

    Identity identity() {
        return identity;
    }

    /** Takes another identity with the same keys. */
    void identity(Identity changed) throws IOException {
        host.keep(changed);
        identity = changed;
    }

    /** The coordinator asks for new keys in these planes. */
    void asked(Set<String> names) {
        for (String name : names) {
            if (!identity.keys().containsKey(name)) {
                LOG.info("the coordinator asks for a key in plane {}, which is not here", name);
                continue;
            }
            if (!planes.containsKey(name)) {
                Identity.NextKey next = new Identity.NextKey(PrivateKey.generate(), false);
                if (!keep(identity.withNextKey(name, next))) {
                    continue; // asked again on the next connection
                }
                planes.put(name, new Plane(name));
            }
            host.publish(name, planes.get(name).next().key().publicKey());
        }
    }

    /** A connection to a coordinator has begun: it may not know of the keys. */
    void connected() {
        for (Plane plane : Set.copyOf(planes.values())) {
            if (!plane.published) {
                host.publish(plane.name, plane.next().key().publicKey());
            }
        }
    }

    /** A peer has answered a handshake in a plane, under the key that its tunnel uses. */
    void answered(String name) {
        Plane plane = planes.get(name);
        if (plane != null) {
            plane.answered = true;
        }
    }

    /** The coordinator does not take a key. */
    void refused(String name, PublicKey key, int status) {
        Plane plane = planes.get(name);
        if (plane != null && plane.next().key().publicKey().equals(key) && !plane.next().used()) {
            LOG.warn("plane {} keeps its key: the coordinator refused another ({})", name, status);
            PrivateKey refused = plane.next().key();
            if (keep(identity.withNextKey(name, null))) {
                planes.remove(name);
                refused.wipe();
            }
        }
    }

    /**
     * Takes what a map says of this node.
     *
     * @param own the node in the map
     */
    void map(MapNode own) {
        for (Plane plane : Set.copyOf(planes.values())) {
            Membership member = own.planes().get(plane.name);
            if (member != null) {
                map(plane, member);
            }
        }
    }

    private void map(Plane plane, Membership member) {
        PublicKey next = plane.next().key().publicKey();
        if (next.equals(member.key())) {
            done(plane);
        } else if (next.equals(member.pendingKeyOrNull())) {
            if (!plane.published) {
                plane.published = true;
                if (!plane.usesNext) {
                    plane.later(plane::useNext, SETTLE_MS);
                }
            }
        } else if (host.isConnected()) {
            boolean takenBack = plane.published; // perhaps because it was not used for days
            plane.published = false;
            plane.timer++;
            if (plane.usesNext) {
                plane.useOld();
            }
            if (takenBack) {
                host.publish(plane.name, next);
            }
        }
    }

    private void done(Plane plane) {
        PrivateKey key = plane.next().key();
        if (!plane.usesNext) {
            host.use(plane.name, key);
            host.tell(plane.name);
        }
        // In one write: a node that starts finds either both keys or the new one alone.
        if (keep(identity.withKey(plane.name, key).withNextKey(plane.name, null))) {
            planes.remove(plane.name);
            LOG.info("plane {} has a new key", plane.name);
        } else {
            plane.usesNext = true;
            plane.later(() -> done(plane), TRY_MS);
        }
    }

    private boolean keep(Identity changed) {
        try {
            host.keep(changed);
            identity = changed;
            return true;
        } catch (IOException e) {
            LOG.warn(
                    "the change of a key waits: the identity cannot be kept: {}",
                    FileErrors.text(e));
            return false;
        }
    }
}
