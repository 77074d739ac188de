// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** Meshes for tests: their registry, a clock that stands until it is moved, and joining nodes. */
public final class Meshes {
    static final InetSocketAddress SOURCE = new InetSocketAddress("203.0.113.9", 4711);
    static final List<HostPort> ENDPOINTS = List.of(new HostPort("198.51.100.1", 51_820));

    private Meshes() {}

    /** A wall clock that tests move. */
    public static final class Clock implements InstantSource {
        private volatile Instant now = Instant.parse("2026-11-28T12:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        /** Moves the clock forward. */
        public void advance(Duration by) {
            now = now.plus(by);
        }
    }

    /** Returns a plan with one or four planes, IPv4 and IPv6, without a lock. */
    public static MeshPlan plan(boolean fourPlanes) {
        return MeshPlan.usual(
                "prod",
                IpPrefix.parse("10.77.0.0/16"),
                IpPrefix.parse("fd77:0:0:1::/64"),
                fourPlanes,
                Bytes.NONE);
    }

    /** Makes a mesh with one coordinator in a store. */
    public static Registry create(Store store, MeshPlan plan, InstantSource clock)
            throws IOException {
        Registry registry = Registry.create(store, plan, clock);
        registry.registerCoordinator(key(), ENDPOINTS, true);
        return registry;
    }

    /** Returns a new public key. */
    public static PublicKey key() {
        return PrivateKey.generate().publicKey();
    }

    /** Returns a request of a node with new keys in the named planes. */
    public static JoinRequest node(String name, String... planes) {
        TreeMap<String, PublicKey> keys = new TreeMap<>();
        for (String plane : planes.length == 0 ? new String[] {"wg0"} : planes) {
            keys.put(plane, key());
        }
        return JoinRequest.of(name, keys);
    }

    /** Makes a token with these uses. */
    static PublicKey token(Registry registry, int uses) throws IOException {
        return token(registry, TokenRequest.USUAL.withUses(uses));
    }

    static PublicKey token(Registry registry, TokenRequest request) throws IOException {
        return registry.createToken(request, "admin").info().key();
    }

    static TokenRequest request(String name, boolean approve, boolean replace, String... planes) {
        return new TokenRequest(
                name, 1, Duration.ofHours(1), Set.of(planes), approve, false, replace);
    }

    /** Joins a node with a token of its own. */
    public static NodeInfo join(Registry registry, String name, String... planes)
            throws IOException {
        JoinAnswer answer = registry.join(token(registry, 1), node(name, planes), SOURCE);
        if (answer.nodeOrNull() == null) {
            throw new AssertionError(answer.toString());
        }
        return answer.nodeOrNull();
    }
}
