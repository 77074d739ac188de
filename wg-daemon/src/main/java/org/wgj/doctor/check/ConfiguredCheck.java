// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.DeviceState;
import org.wgj.doctor.observation.Observation.Link;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Ranges;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.linux.Cidr;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.PeerConfig;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Checks whether the interface has what its file says. */
final class ConfiguredCheck implements Check {
    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            if (!subject.local() || subject.config().isEmpty()) {
                continue;
            }
            Findings.About about = findings.about(subject.label(), "as configured");
            ConfigFile config = subject.config().get();
            if (subject.device() != null) {
                device(about, subject, config.device().listenPort().orElse(0));
                peers(about, subject, config);
            }
            seen.host()
                    .link(subject.name())
                    .ifPresent(link -> link(about, subject.name(), config, link));
            if (subject.device() != null) {
                about.passUnlessFound("key, port, addresses and peers are those of the file");
            }
        }
    }

    private static String sync(Subject subject) {
        return "wgj syncconf %s <(wgj strip %s)".formatted(subject.name(), subject.file().path());
    }

    private static void device(Findings.About about, Subject subject, int port) {
        DeviceState device = subject.device();
        PublicKey expected = subject.file().publicKey();
        if (expected != null && !expected.equals(device.publicKey())) {
            about.fail(
                    device.publicKey() == null
                            ? "the interface has no private key"
                            : "the interface has a different private key than the file",
                    sync(subject));
        }
        if (port != 0 && port != device.listenPort()) {
            about.fail(
                    "ListenPort is %d, but the interface listens on %d"
                            .formatted(port, device.listenPort()),
                    sync(subject));
        }
    }

    private static void peers(Findings.About about, Subject subject, ConfigFile config) {
        Map<PublicKey, PeerStatus> running =
                subject.device().peers().stream()
                        .collect(Collectors.toMap(PeerStatus::publicKey, Function.identity()));
        for (PeerConfig peer : config.device().peers()) {
            PeerStatus status = running.remove(peer.publicKey());
            if (peer.publicKey().equals(subject.device().publicKey())) {
                continue; // the daemon ignores it
            }
            if (status == null) {
                about.fail(
                        "peer " + peer.publicKey() + " of the file is not on the interface",
                        sync(subject));
                continue;
            }
            PresharedKey key =
                    peer.presharedKey() == null ? PresharedKey.NONE : peer.presharedKey();
            if (!key.equals(
                    subject.device()
                            .presharedKeys()
                            .getOrDefault(peer.publicKey(), PresharedKey.NONE))) {
                about.fail(
                        "peer " + peer.publicKey() + " has a different preshared key than the file",
                        sync(subject));
            }
            Set<IpPrefix> missing = new HashSet<>(Ranges.allowed(peer));
            status.allowedIps().forEach(missing::remove);
            if (!missing.isEmpty()) {
                about.fail(
                        "peer %s lacks AllowedIPs %s of the file"
                                .formatted(peer.publicKey(), join(missing)),
                        sync(subject));
            }
        }
        if (!running.isEmpty() && !config.quick().saveConfig()) {
            about.warn(
                    "has peers that are not in the file: " + join(running.keySet()), sync(subject));
        }
    }

    private static String join(Set<?> values) {
        return values.stream().map(Object::toString).sorted().collect(Collectors.joining(", "));
    }

    private static void link(Findings.About about, String name, ConfigFile config, Link link) {
        List<Cidr> present = link.addresses();
        for (Cidr address : config.quick().addresses()) {
            if (!present.contains(address)) {
                about.fail(
                        "the interface lacks Address " + address,
                        "ip address add %s dev %s".formatted(address, name));
            }
        }
        int mtu = link.state().mtu();
        int configured = config.quick().mtu().orElse(mtu);
        if (configured != mtu) {
            about.warn(
                    "MTU is %d, the file says %d".formatted(mtu, configured),
                    "ip link set mtu %d dev %s".formatted(configured, name));
        }
    }
}
