// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.doctor.collect.ConfigReader;
import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.Clock;
import org.wgj.doctor.observation.Observation.ConfigView;
import org.wgj.doctor.observation.Observation.DeviceState;
import org.wgj.doctor.observation.Observation.FirewallState;
import org.wgj.doctor.observation.Observation.Host;
import org.wgj.doctor.observation.Observation.Link;
import org.wgj.doctor.observation.Observation.NameService;
import org.wgj.doctor.observation.Observation.Outgoing;
import org.wgj.doctor.observation.Observation.Probe;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Observation.UdpPort;
import org.wgj.doctor.report.Finding;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.LinkState;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.Rule;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** Builds an observation; everything that a test does not set is as it should be. */
final class ObservationBuilder {
    static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    static final PrivateKey OWN = PrivateKey.generate(new Random(1));
    static final PrivateKey OTHER = PrivateKey.generate(new Random(2));
    static final PrivateKey THIRD = PrivateKey.generate(new Random(3));

    final List<Link> links = new ArrayList<>();
    final List<Route> routes = new ArrayList<>();
    final Map<String, String> sysctls = new HashMap<>();
    final List<UdpPort> udpPorts = new ArrayList<>();
    final List<Subject> subjects = new ArrayList<>();
    FirewallState firewall = new FirewallState(null, "not looked at");
    final List<Rule> rules = new ArrayList<>();
    final Map<InetAddress, String> outgoingLinks = new HashMap<>();
    final Set<String> tunnels = new HashSet<>(Set.of("wg0"));
    NameService names = new NameService(List.of(), null);
    Clock clock = new Clock(NOW, Optional.of(true), Instant.parse("2026-11-01T00:00:00Z"));

    String noInterfaces;

    Observation observation() {
        return new Observation(
                new Host(
                        links,
                        routes,
                        sysctls,
                        firewall,
                        udpPorts,
                        clock,
                        new Outgoing(rules, outgoingLinks, tunnels, names),
                        noInterfaces),
                subjects);
    }

    /** Returns what one check finds. */
    List<Finding> judge(Check check) {
        Findings findings = new Findings();
        check.judge(observation(), findings);
        return findings.all();
    }

    ObservationBuilder link(String name, int mtu, boolean up, String... addresses) {
        links.add(
                new Link(
                        new LinkState(links.size() + 2, name, mtu, up, "tun"),
                        Stream.of(addresses).map(Cidr::parse).toList()));
        return this;
    }

    ObservationBuilder route(String link, String destination) {
        routes.add(Route.through(link, Cidr.parse(destination)));
        return this;
    }

    /** Adds a file of one of several machines. */
    ObservationBuilder file(ConfigView file) {
        subjects.add(new Subject(name(file), file, false, null, null, Map.of()));
        return this;
    }

    /** Adds a file of this machine whose interface is down. */
    ObservationBuilder down(ConfigView file, Map<PublicKey, Probe> probes) {
        subjects.add(new Subject(name(file), file, true, null, null, probes));
        return this;
    }

    /** Adds an interface of this machine, with its file or null. */
    ObservationBuilder running(ConfigView file, DeviceState device, Map<PublicKey, Probe> probes) {
        String name = file == null ? "wg0" : name(file);
        subjects.add(new Subject(name, file, true, device, null, probes));
        return this;
    }

    private static String name(ConfigView file) {
        return file.path().getFileName().toString().replace(".conf", "");
    }

    /** Writes a file that only its owner can read, and reads it; K1, P1, ... stand for keys. */
    static ConfigView read(Path folder, String name, String text) {
        Path path = folder.resolve(name);
        String keys = text;
        int number = 1;
        for (PrivateKey key : List.of(OWN, OTHER, THIRD)) {
            keys =
                    keys.replace("K" + number + "\n", key.toBase64() + "\n")
                            .replace("P" + number + "\n", key.publicKey().toBase64() + "\n");
            number++;
        }
        try {
            Files.deleteIfExists(path);
            Files.createFile(
                    path,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(path, keys);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ConfigReader.read(path);
    }

    static DeviceState device(PeerStatus... peers) {
        return new DeviceState(OWN.publicKey(), 51820, 0, List.of(peers), Map.of());
    }

    /** A peer whose last handshake has an age; null for no handshake. */
    static PeerStatus peer(PrivateKey key, String endpoint, Long ageSeconds, String... allowed) {
        return peer(key, endpoint, ageSeconds, 0, allowed);
    }

    static PeerStatus peer(
            PrivateKey key, String endpoint, Long ageSeconds, int keepalive, String... allowed) {
        return new PeerStatus(
                key.publicKey(),
                endpoint == null ? null : Endpoint.of(socket(endpoint)),
                ageSeconds == null ? null : NOW.minusSeconds(ageSeconds),
                0,
                148,
                keepalive,
                Stream.of(allowed).map(IpPrefix::parse).toList());
    }

    static InetSocketAddress socket(String address) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), 51820);
    }
}
