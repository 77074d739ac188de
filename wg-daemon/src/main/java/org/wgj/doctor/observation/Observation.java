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
 * Everything that was observed, before it is judged.
 *
 * @param subjects the interfaces and files to judge
 */
public record Observation(Host host, List<Subject> subjects) {
    public Observation {
        subjects = List.copyOf(subjects);
    }

    /** Overwrites the secrets of the subjects. */
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
     * @param links all interfaces
     * @param routes of all tables
     * @param sysctls those that could be read, by their names with dots
     * @param noInterfaces why no process of this machine, or container, can make an interface; null
     *     if root can
     */
    public record Host(
            List<Link> links,
            List<Route> routes,
            Map<String, String> sysctls,
            FirewallState firewall,
            List<UdpPort> udpPorts,
            Clock clock,
            Outgoing outgoing,
            String noInterfaces) {
        public Optional<Link> link(String name) {
            return links.stream().filter(link -> link.state().name().equals(name)).findFirst();
        }
    }

    public record Link(LinkState state, List<Cidr> addresses) {}

    /**
     * @param ruleset null if it could not be read
     * @param unseen why the rules or a part of them are unknown; null if they are complete
     * @param saved the rules of iptables as its programs save them, empty if there are none; null
     *     if they were not needed or could not be read
     */
    public record FirewallState(Ruleset ruleset, String unseen, String saved) {
        public FirewallState(Ruleset ruleset, String unseen) {
            this(ruleset, unseen, null);
        }
    }

    /**
     * The routing of packets of this machine's programs, which have no mark.
     *
     * @param rules the routing rules of both families, in their order
     * @param links the interface that packets to an Internet address leave by; an address without a
     *     route is missing
     * @param tunnels all WireGuard interfaces
     */
    public record Outgoing(
            List<Rule> rules,
            Map<InetAddress, String> links,
            Set<String> tunnels,
            NameService names) {}

    /**
     * @param servers the name servers in use, except those on this machine
     * @param unseen why some servers are unknown; null if all are known
     */
    public record NameService(List<NameServer> servers, String unseen) {}

    /**
     * @param link the interface that queries to it leave by; null if there is no route
     */
    public record NameServer(InetAddress address, String link) {}

    /**
     * A UDP port that a process receives on.
     *
     * @param owner the process, as "name (pid)"; null if it could not be seen
     */
    public record UdpPort(int port, boolean ipv6, String owner) {}

    /**
     * @param synchronised whether the kernel's clock is synchronised; empty if it does not say
     * @param built when this program was built; a correct clock is later
     */
    public record Clock(Instant now, Optional<Boolean> synchronised, Instant built) {}

    /**
     * One interface or file.
     *
     * @param name the name of the interface
     * @param file null if there is none
     * @param local whether it is meant for this machine; files of other machines are only compared
     *     with one another
     * @param device the state that its daemon reports; null if no daemon answered
     * @param deviceUnseen why the daemon could not be asked; null if it was, or if there is none
     * @param probes the results of probing, by peer
     * @param through what was seen through a tunnel of the doctor's own; null if the user named no
     *     target
     */
    public record Subject(
            String name,
            ConfigView file,
            boolean local,
            DeviceState device,
            String deviceUnseen,
            Map<PublicKey, Probe> probes,
            Through through) {
        /** Without a tunnel of the doctor's own. */
        public Subject(
                String name,
                ConfigView file,
                boolean local,
                DeviceState device,
                String deviceUnseen,
                Map<PublicKey, Probe> probes) {
            this(name, file, local, device, deviceUnseen, probes, null);
        }

        /** The file's content, if there is a valid file. */
        public Optional<ConfigFile> config() {
            return Optional.ofNullable(file).map(ConfigView::config);
        }

        /** The name in findings: the interface, or the path of a file for another machine. */
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
     * @param config null if the file is invalid or cannot be read
     * @param error what is wrong with it; null if nothing is
     * @param missing whether there is no such file; the error says so
     * @param publicKey the public key of its private key; null without one
     * @param openToAll whether all users can read it, also by the permissions of its directories
     * @param ofProxy whether it is a file of {@code wgj proxy}, which makes no interface
     */
    public record ConfigView(
            Path path,
            ConfigFile config,
            String error,
            boolean missing,
            PublicKey publicKey,
            boolean openToAll,
            Instant modified,
            boolean ofProxy) {}

    /**
     * The state of a running interface, without its private key.
     *
     * @param presharedKeys those of the peers that have one
     * @param drops empty if the daemon does not report them
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
     * The results of probing a peer.
     *
     * @param route the kernel's route to the endpoint; null if it was not looked up
     * @param trigger the result of a packet into the tunnel; null if none was sent
     * @param reach the answer to an initiation to the endpoint; null if none was sent
     * @param mtu the longest packet through the tunnel; null if it was not measured
     */
    public record Probe(EndpointRoute route, TriggerResult trigger, Reach reach, TunnelMtu mtu) {
        public static final Probe NONE = new Probe(null, null, null, null);
    }

    /**
     * @param endpoint unresolved if its name has no address
     * @param source the source address of datagrams to the endpoint; null if there is no route
     * @param pathMtu the path MTU to the endpoint in bytes, with the IP header
     */
    public record EndpointRoute(
            InetSocketAddress endpoint, InetAddress source, OptionalInt pathMtu) {}

    /**
     * @param after the state of the peer some time after the packet
     * @param drops the growth of each drop counter meanwhile; empty if the daemon does not report
     *     them
     */
    public record TriggerResult(PeerStatus after, Map<DropReason, Long> drops) {}

    /** The answer to an initiation. */
    public enum Reach {
        /** A valid response. */
        ANSWERED,
        /** A response that does not authenticate: the preshared keys differ. */
        ANSWERED_WRONGLY,
        /** A cookie reply: the peer is under load. */
        COOKIE,
        /** ICMP says that no program listens on the port. */
        REFUSED,
        /** There is no route. */
        UNREACHABLE,
        /** There was no answer. */
        SILENT
    }

    /**
     * @param target the address inside the tunnel that was pinged
     * @param limit the longest packet that was answered, in bytes; empty if none was
     * @param unmeasured why the MTU could not be measured; null if it could
     */
    public record TunnelMtu(InetAddress target, OptionalInt limit, String unmeasured) {}
}
