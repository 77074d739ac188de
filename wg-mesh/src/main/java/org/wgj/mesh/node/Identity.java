// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.enrol.EnrolPlane;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.Plane;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The identity of a node: its private keys, made on the node and never sent anywhere, and once it
 * has joined its place in the mesh.
 *
 * @param machine the machine for which it was made, {@link MachineId}; empty if that has none
 * @param keys its private key in each plane, by the plane's name
 * @param nextKeys the keys that replace them, in planes in which the key is being changed
 * @param options what its user wants
 * @param lockKey the public key of the mesh's lock; empty without a lock
 * @param tokenCoordinators the coordinators that the token named
 * @param memberOrNull its place in the mesh; null until it has joined
 */
public record Identity(
        String machine,
        SortedMap<String, PrivateKey> keys,
        SortedMap<String, NextKey> nextKeys,
        NodeOptions options,
        Bytes lockKey,
        Set<PublicKey> tokenCoordinators,
        Member memberOrNull) {
    public Identity {
        Objects.requireNonNull(machine, "machine");
        keys = Collections.unmodifiableSortedMap(new TreeMap<>(keys));
        nextKeys = Collections.unmodifiableSortedMap(new TreeMap<>(nextKeys));
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(lockKey, "lockKey");
        tokenCoordinators = Set.copyOf(tokenCoordinators);
    }

    /**
     * An identity whose keys are not being changed.
     *
     * @param machine the machine for which it was made
     * @param keys its private key in each plane
     * @param options what its user wants
     * @param lockKey the public key of the mesh's lock; empty without a lock
     * @param tokenCoordinators the coordinators that the token named
     * @param memberOrNull its place in the mesh; null until it has joined
     */
    public Identity(
            String machine,
            SortedMap<String, PrivateKey> keys,
            NodeOptions options,
            Bytes lockKey,
            Set<PublicKey> tokenCoordinators,
            Member memberOrNull) {
        this(machine, keys, new TreeMap<>(), options, lockKey, tokenCoordinators, memberOrNull);
    }

    /**
     * A key that is about to replace another.
     *
     * @param key the private key
     * @param used whether the node may have used it, so that the mesh may know it as the node's key
     */
    public record NextKey(PrivateKey key, boolean used) {
        public NextKey {
            Objects.requireNonNull(key, "key");
        }

        /** Shows no key. */
        @Override
        public String toString() {
            return "next key" + (used ? ", used" : "");
        }
    }

    /**
     * A node's place in a mesh.
     *
     * @param node its id
     * @param name its name
     * @param mesh the mesh's name
     * @param epoch the epoch of the map that it accepts
     * @param planes what it is in its planes
     * @param coordinators where to get the map
     */
    public record Member(
            long node,
            String name,
            String mesh,
            UUID epoch,
            List<EnrolPlane> planes,
            List<MapCoordinator> coordinators) {
        public Member {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(mesh, "mesh");
            Objects.requireNonNull(epoch, "epoch");
            planes = List.copyOf(planes);
            coordinators = List.copyOf(coordinators);
            if (planes.isEmpty() || coordinators.isEmpty()) {
                throw new IllegalArgumentException("a member has planes and coordinators");
            }
        }

        /**
         * Returns the planes as the map describes them.
         *
         * @return in the mesh's order
         */
        public List<Plane> mapPlanes() {
            return planes.stream()
                    .map(p -> new Plane(p.name(), p.ranges(), p.port(), p.mtu()))
                    .toList();
        }

        Member withEpoch(UUID other) {
            return new Member(node, name, mesh, other, planes, coordinators);
        }
    }

    /**
     * Returns the public keys.
     *
     * @return by the plane's name
     */
    public SortedMap<String, PublicKey> publicKeys() {
        SortedMap<String, PublicKey> all = new TreeMap<>();
        keys.forEach((plane, key) -> all.put(plane, key.publicKey()));
        return all;
    }

    /**
     * Returns this identity with a place in a mesh.
     *
     * @param member the place
     * @return with the keys of its planes only
     */
    public Identity joined(Member member) {
        Set<String> names =
                member.planes().stream().map(EnrolPlane::name).collect(Collectors.toSet());
        SortedMap<String, PrivateKey> used = new TreeMap<>(keys);
        used.keySet().retainAll(names);
        if (used.size() < names.size()) {
            throw new IllegalArgumentException("the mesh has a plane for which there is no key");
        }
        return new Identity(machine, used, nextKeys, options, lockKey, tokenCoordinators, member);
    }

    /**
     * Returns this identity for another machine.
     *
     * @param other the machine, {@link MachineId}
     * @return the changed copy
     */
    public Identity withMachine(String other) {
        return new Identity(
                other, keys, nextKeys, options, lockKey, tokenCoordinators, memberOrNull);
    }

    /**
     * Returns this identity with other options.
     *
     * @param other the options
     * @return the changed copy
     */
    public Identity withOptions(NodeOptions other) {
        return new Identity(
                machine, keys, nextKeys, other, lockKey, tokenCoordinators, memberOrNull);
    }

    /**
     * Returns this identity with another key in a plane.
     *
     * @param plane the plane's name
     * @param key the private key
     * @return the changed copy
     */
    public Identity withKey(String plane, PrivateKey key) {
        SortedMap<String, PrivateKey> changed = new TreeMap<>(keys);
        changed.put(plane, key);
        return new Identity(
                machine, changed, nextKeys, options, lockKey, tokenCoordinators, memberOrNull);
    }

    /**
     * Returns the key to begin with in a plane.
     *
     * @param plane the plane's name
     * @return the next key if the mesh may know it as the node's already, else the key
     */
    public PrivateKey keyInUse(String plane) {
        NextKey next = nextKeys.get(plane);
        return next != null && next.used() ? next.key() : keys.get(plane);
    }

    /**
     * Returns this identity with another change of key under way.
     *
     * @param plane the plane's name
     * @param nextOrNull the key that replaces its key; null for none
     * @return the changed copy
     */
    public Identity withNextKey(String plane, NextKey nextOrNull) {
        SortedMap<String, NextKey> changed = new TreeMap<>(nextKeys);
        if (nextOrNull == null) {
            changed.remove(plane);
        } else {
            changed.put(plane, nextOrNull);
        }
        return new Identity(
                machine, keys, changed, options, lockKey, tokenCoordinators, memberOrNull);
    }

    Identity withMember(Member member) {
        return new Identity(machine, keys, nextKeys, options, lockKey, tokenCoordinators, member);
    }

    /** Shows no key. */
    @Override
    public String toString() {
        return "identity(" + (memberOrNull == null ? "not joined" : memberOrNull.name()) + ")";
    }
}
