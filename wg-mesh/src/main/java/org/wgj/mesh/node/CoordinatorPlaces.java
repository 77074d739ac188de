// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import io.netty.channel.EventLoop;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.path.LocalAddress;
import org.wgj.mesh.path.Paths;
import org.wgj.mesh.path.RelayPlace;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * The addresses of the coordinators and relays. Host names are resolved in the background; a
 * coordinator that does not answer is tried at its next address. Addresses of a family that this
 * machine does not have are used for lack of others only. On one event loop.
 */
final class CoordinatorPlaces {
    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorPlaces.class);
    private static final int MAX_ADDRESSES = 16;

    private final EventLoop loop;
    private final Executor background;
    private final Planes planes;
    private final Paths paths;
    private final long ownId;
    private final Map<PublicKey, Place> places = new HashMap<>();
    private final Set<String> unknown = ConcurrentHashMap.newKeySet(); // names without an address
    private List<MapCoordinator> coordinators = List.of();
    private MeshMap map; // null before the first
    private boolean ipv4 = true; // whether this machine has it
    private boolean ipv6 = true;

    /** The addresses of a coordinator. */
    private final class Place {
        final List<HostPort> endpoints;
        List<InetSocketAddress> addresses = List.of();
        int chosen;

        Place(List<HostPort> endpoints) {
            this.endpoints = endpoints;
        }

        InetSocketAddress address() {
            List<InetSocketAddress> usable =
                    addresses.stream().filter(CoordinatorPlaces.this::hasFamilyOf).toList();
            List<InetSocketAddress> from = usable.isEmpty() ? addresses : usable;
            return from.isEmpty() ? null : from.get(chosen % from.size());
        }
    }

    private boolean hasFamilyOf(InetSocketAddress endpoint) {
        return endpoint.getAddress() instanceof Inet4Address ? ipv4 : ipv6;
    }

    /** Takes the addresses of this machine. */
    void local(List<LocalAddress> local) {
        List<IpPrefix> inside = planes.inside();
        List<InetAddress> outside =
                local.stream()
                        .map(LocalAddress::address)
                        .filter(a -> !a.isLinkLocalAddress() && !a.isLoopbackAddress())
                        .filter(a -> inside.stream().noneMatch(range -> range.contains(a)))
                        .toList();
        boolean hasIpv4 = outside.stream().anyMatch(Inet4Address.class::isInstance);
        boolean hasIpv6 = outside.stream().anyMatch(Inet6Address.class::isInstance);
        if (hasIpv4 == ipv4 && hasIpv6 == ipv6) {
            return;
        }
        Map<PublicKey, InetSocketAddress> before = new HashMap<>();
        places.forEach((key, place) -> before.put(key, place.address()));
        ipv4 = hasIpv4;
        ipv6 = hasIpv6;
        places.forEach(
                (key, place) -> {
                    if (!Objects.equals(place.address(), before.get(key))) {
                        use(key, place);
                    }
                });
        if (!places.isEmpty()) {
            tellRelays();
        }
    }

    CoordinatorPlaces(EventLoop loop, Executor background, Planes planes, Paths paths, long ownId) {
        this.loop = loop;
        this.background = background;
        this.planes = planes;
        this.paths = paths;
        this.ownId = ownId;
    }

    /** Takes the coordinators and relays of a map; the tunnels have them as peers already. */
    void set(List<MapCoordinator> all, MeshMap mapOrNull) {
        coordinators = List.copyOf(all);
        map = mapOrNull;
        places.keySet().retainAll(all.stream().map(MapCoordinator::key).toList());
        for (MapCoordinator coordinator : all) {
            Place place = places.get(coordinator.key());
            if (place == null || !place.endpoints.equals(coordinator.endpoints())) {
                place = new Place(coordinator.endpoints());
                places.put(coordinator.key(), place);
                numericAtOnce(place);
                use(coordinator.key(), place);
                resolve(coordinator.key(), place);
            }
        }
        tellRelays();
    }

    private static void numericAtOnce(Place place) {
        List<InetSocketAddress> numeric = new ArrayList<>();
        for (HostPort endpoint : place.endpoints) {
            if (!endpoint.isName()) {
                numeric.add(
                        new InetSocketAddress(
                                InetAddress.ofLiteral(endpoint.host()), endpoint.port()));
            }
        }
        place.addresses = numeric;
    }

    private void resolve(PublicKey key, Place place) {
        if (place.endpoints.stream().noneMatch(HostPort::isName)) {
            return;
        }
        background.execute(
                () -> {
                    List<InetSocketAddress> found = new ArrayList<>();
                    for (HostPort endpoint : place.endpoints) {
                        found.addAll(resolve(endpoint));
                    }
                    loop.execute(() -> resolved(key, place, found));
                });
    }

    private List<InetSocketAddress> resolve(HostPort endpoint) {
        List<InetSocketAddress> found = new ArrayList<>();
        try {
            for (InetAddress address : InetAddress.getAllByName(endpoint.host())) {
                if (found.size() < MAX_ADDRESSES) {
                    found.add(new InetSocketAddress(address, endpoint.port()));
                }
            }
            unknown.remove(endpoint.host());
        } catch (UnknownHostException e) {
            if (unknown.add(endpoint.host())) {
                LOG.warn("the coordinator's name {} has no address now", endpoint.host());
            }
        }
        return found;
    }

    private void resolved(PublicKey key, Place place, List<InetSocketAddress> found) {
        if (found.isEmpty() || places.get(key) != place) {
            return;
        }
        InetSocketAddress before = place.address();
        place.addresses = found;
        if (!found.contains(before)) {
            place.chosen = 0;
            use(key, place);
            tellRelays();
        }
    }

    private void use(PublicKey key, Place place) {
        InetSocketAddress address = place.address();
        if (address != null) {
            planes.coordinator(key, address);
        }
    }

    /** A coordinator did not answer: its next address is used, and its name resolved again. */
    void failed(MapCoordinator coordinator) {
        Place place = places.get(coordinator.key());
        if (place == null) {
            return;
        }
        resolve(coordinator.key(), place);
        if (place.addresses.size() > 1) {
            place.chosen++;
            use(coordinator.key(), place);
            tellRelays();
        }
    }

    private void tellRelays() {
        for (String plane : planes.names()) {
            List<RelayPlace> relays = relays(plane);
            planes.relays().others(plane, relays);
            planes.found(plane, relays);
            paths.relays(plane, relays, System.nanoTime());
        }
    }

    private List<RelayPlace> relays(String plane) {
        Map<PublicKey, RelayPlace> relays = new LinkedHashMap<>();
        for (MapCoordinator coordinator : coordinators) {
            Place place = places.get(coordinator.key());
            List<InetAddress> addresses = coordinator.addresses().get(plane);
            if (coordinator.relay() && addresses != null && place.address() != null) {
                relays.put(
                        coordinator.key(),
                        new RelayPlace(coordinator.key(), addresses, place.address()));
            }
        }
        if (map != null) {
            List<InetSocketAddress> taken =
                    relays.values().stream().map(RelayPlace::endpoint).toList();
            for (RelayPlace place : RelayNodes.places(map, plane, ownId)) {
                if (!taken.contains(place.endpoint()) && hasFamilyOf(place.endpoint())) {
                    relays.putIfAbsent(place.key(), place);
                }
            }
        }
        return List.copyOf(relays.values());
    }
}
