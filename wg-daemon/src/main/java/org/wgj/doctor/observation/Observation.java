// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.observation;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.doctor.nft.Ruleset;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.LinkState;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.Rule;
import org.wgj.tunnel.config.ConfigFile;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * All that was seen, before any of it is judged.
 *
 * @param subjects the interfaces and files that were asked for
 */
public record Observation(Host host, List<Subject> subjects) {
    public Observation {
        subjects = List.copyOf(subjects);
    }

    /** Overwrites the secrets that were read. */
    public void wipe() {
        for (Subject subject : subjects) {
            subject.config().ifPresent(config -> config.device().wipe());
            if (subject.device() != null) {
                subject.device().wipe();
            }
        }
    }

    /**
     * This machine.
     *
     * @param links every interface there is
     * @param routes of all tables
     * @param sysctls by their names with dots; those that could be read
     */
    public record Host(
            List<Link> links,
            List<Route> routes,
            Map<String, String> sysctls,
            FirewallState firewall,
            List<UdpPort> udpPorts,
            Clock clock,
            Outgoing outgoing) {
        public Optional<Link> link(String name) {
            return links.stream().filter(link -> link.state().name().equals(name)).findFirst();
        }
    }

    public record Link(LinkState state, List<Cidr> addresses) {}

    /**
     * @param ruleset null when it could not be read
     * @param unseen why, or what is not in it; null when all was seen
     * @param saved the rules of iptables as its programs save them, empty if there are none; null
     *     when they were not needed or could not be read
     */
    public record FirewallState(Ruleset ruleset, String unseen, String saved) {
        public FirewallState(Ruleset ruleset, String unseen) {
            this(ruleset, unseen, null);
        }
    }

    /**
     * How packets of this machine's programs leave it, which have no mark.
     *
     * @param rules of routing, of both families, in their order
     * @param links the interface that packets to an address of the Internet leave by; an address
     *     without a way is missing
     * @param tunnels all interfaces of WireGuard
     */
    public record Outgoing(
            List<Rule> rules,
            Map<InetAddress, String> links,
            Set<String> tunnels,
            NameService names) {}

    /**
     * @param servers that names are asked of, those of this machine left out
     * @param unseen why they, or some of them, could not be found out; null when all were
     */
    public record NameService(List<NameServer> servers, String unseen) {}

    /**
     * @param link the interface that queries to it leave by; null when there is no way
     */
    public record NameServer(InetAddress address, String link) {}

    /**
     * A UDP port that some process receives on.
     *
     * @param owner the process, as "name (pid)"; null when it could not be seen
     */
    public record UdpPort(int port, boolean ipv6, String owner) {}

    /**
     * @param synchronised whether the kernel's clock follows another one; empty when it does not
     *     say
     * @param built when this program was made: no clock that is right shows less
     */
    public record Clock(Instant now, Optional<Boolean> synchronised, Instant built) {}

    /**
     * One interface or file.
     *
     * @param name the interface's
     * @param file null when there is none
     * @param local whether it is meant to be of this machine; files of several machines are
     *     compared with one another only
     * @param device what its daemon says; null when nobody answered
     * @param deviceUnseen why the daemon could not be asked; null when it was, or there is none
     * @param probes what came of trying, by peer
     */
    public record Subject(
            String name,
            ConfigView file,
            boolean local,
            DeviceState device,
            String deviceUnseen,
            Map<PublicKey, Probe> probes) {
        /** The file's content when there is a file and it is right. */
        public Optional<ConfigFile> config() {
            return Optional.ofNullable(file).map(ConfigView::config);
        }

        /** How findings call it: the interface, and of a file that is none here its path. */
        public String label() {
            return local || file == null ? name : file.path().toString();
        }

        public Probe probe(PublicKey peer) {
            return probes.getOrDefault(peer, Probe.NONE);
        }
    }

    /**
     * A configuration file.
     *
     * @param config null when the file is wrong, or may not be read
     * @param error what is wrong with it; null when nothing is
     * @param publicKey of its private key; null without one
     * @param openToAll whether everybody may read it, directories included
     */
    public record ConfigView(
            Path path,
            ConfigFile config,
            String error,
            PublicKey publicKey,
            boolean openToAll,
            Instant modified) {}

    /**
     * The state of a running interface, without its private key.
     *
     * @param presharedKeys of the peers that have one
     * @param drops empty when the daemon does not tell
     */
    public record DeviceState(
            PublicKey publicKey,
            int listenPort,
            int fwmark,
            List<PeerStatus> peers,
            Map<PublicKey, PresharedKey> presharedKeys,
            Map<DropReason, Long> drops) {
        /** Without preshared keys. */
        public DeviceState(
                PublicKey publicKey,
                int listenPort,
                int fwmark,
                List<PeerStatus> peers,
                Map<DropReason, Long> drops) {
            this(publicKey, listenPort, fwmark, peers, Map.of(), drops);
        }

        public void wipe() {
            presharedKeys.values().forEach(PresharedKey::wipe);
        }
    }

    /**
     * What came of trying to reach a peer.
     *
     * @param route the kernel's way to the endpoint; null when it was not looked up
     * @param trigger what a packet into the tunnel brought about; null when none was sent
     * @param reach what an initiation of our own to the endpoint brought about; null when none was
     *     sent
     * @param mtu the longest packet through the tunnel; null when it was not measured
     */
    public record Probe(EndpointRoute route, TriggerResult trigger, Reach reach, TunnelMtu mtu) {
        public static final Probe NONE = new Probe(null, null, null, null);
    }

    /**
     * @param endpoint unresolved when nobody knows its name
     * @param source the address that datagrams to the endpoint leave from; null when there is no
     *     way
     * @param pathMtu in bytes, of datagrams to the endpoint, IP header included
     */
    public record EndpointRoute(
            InetSocketAddress endpoint, InetAddress source, OptionalInt pathMtu) {}

    /**
     * @param after the peer, some time after the packet
     * @param drops how many more were dropped meanwhile, for each reason; empty when the daemon
     *     does not tell
     */
    public record TriggerResult(PeerStatus after, Map<DropReason, Long> drops) {}

    /** What an initiation to an endpoint brought about. */
    public enum Reach {
        /** A response that proves right. */
        ANSWERED,
        /** A response to our initiation that does not prove right: another preshared key. */
        ANSWERED_WRONGLY,
        /** A cookie reply: it is there and has much to do. */
        COOKIE,
        /** ICMP says that nobody listens on that port. */
        REFUSED,
        /** No way to there. */
        UNREACHABLE,
        /** Nothing. */
        SILENT
    }

    /**
     * @param target the address inside the tunnel that was asked
     * @param limit the longest packet that was answered, in bytes; empty when none was
     * @param unmeasured why nothing could be asked; null when it could
     */
    public record TunnelMtu(InetAddress target, OptionalInt limit, String unmeasured) {}
}
