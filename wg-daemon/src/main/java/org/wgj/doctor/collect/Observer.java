// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.claim.RunningTunnel;
import org.wgj.claim.TunnelClaim;
import org.wgj.claim.TunnelKeys;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.doctor.collect.Targets.Target;
import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.ConfigView;
import org.wgj.doctor.observation.Observation.DeviceState;
import org.wgj.doctor.observation.Observation.Host;
import org.wgj.doctor.observation.Observation.Probe;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Through;
import org.wgj.doctor.observation.ThroughTarget;
import org.wgj.protocol.DropReason;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.tunnel.config.PeerConfig;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Collects everything that checks need, and probes peers. */
public final class Observer {
    /** The answer of a daemon, or why there is none. */
    private record Answer(DeviceState device, String unseen) {}

    /**
     * The tunnels of this machine that answered.
     *
     * @param keys their public keys
     * @param ports their UDP ports
     */
    private record Running(Set<PublicKey> keys, Set<Integer> ports) {
        /**
         * Returns why a datagram with the subject's key would take the session from a program that
         * may have it; null if no such program is seen. A {@code wgj proxy} of another user answers
         * no question, but holds the port of its file.
         */
        String uses(Host host, Subject subject) {
            PublicKey key = subject.file() == null ? null : subject.file().publicKey();
            if (subject.device() != null || keys.contains(key)) {
                return "its tunnel runs on this machine, and a second one with its key would take"
                        + " the session from it: use the running one";
            }
            if (subject.deviceUnseen() != null) {
                return subject.deviceUnseen();
            }
            Optional<RunningTunnel> claimed = claimed(subject);
            if (claimed.isPresent()) {
                return claimed.get()
                        + " runs its tunnel, and a second one with its key would take the session"
                        + " from it: use the running one";
            }
            int port = subject.config().map(c -> c.device().listenPort().orElse(0)).orElse(0);
            boolean taken = host.udpPorts().stream().anyMatch(udp -> udp.port() == port);
            return port != 0 && taken && !ports.contains(port)
                    ? ("UDP port %d of the file is taken: its tunnel may run, and a second one with"
                                    + " its key would take the session from it")
                            .formatted(port)
                    : null;
        }
    }

    private static Optional<RunningTunnel> claimed(Subject subject) {
        ConfigView file = subject.file();
        if (file == null || file.publicKey() == null || file.config() == null) {
            return Optional.empty();
        }
        Set<PublicKey> peers =
                file.config().device().peers().stream()
                        .map(PeerConfig::publicKey)
                        .collect(Collectors.toSet());
        return TunnelClaim.find(new TunnelKeys(file.publicKey(), peers), System.getenv());
    }

    private Observer() {}

    /**
     * @param configurations the folder with the files of this machine
     * @param words interfaces, files or folders; none for every interface of this machine
     * @param through what to reach through a tunnel of the only file's key; empty to open none
     * @throws IOException if there is nothing to examine
     */
    public static Observation look(
            Path configurations, List<String> words, List<ThroughTarget> through)
            throws IOException {
        List<Target> targets = new Targets(configurations).of(words);
        if (!through.isEmpty() && (targets.size() != 1 || !targets.getFirst().local())) {
            throw new IOException("--through needs one FILE, whose tunnel it opens");
        }
        List<ConfigView> files = new ArrayList<>();
        Map<String, Answer> answers = new HashMap<>();
        Set<Integer> ports = new HashSet<>();
        for (Target target : targets) {
            ConfigView file = target.file() == null ? null : ConfigReader.read(target.file());
            files.add(file);
            if (file != null && file.config() != null) {
                file.config().device().listenPort().ifPresent(ports::add);
            }
        }
        List<String> interfaces = interfaces();
        Host host = HostObserver.look(ports, interfaces);
        Set<PublicKey> running = new HashSet<>();
        for (String name : interfaces) {
            Answer answer = ask(host, name);
            answers.put(name, answer);
            if (answer.device() != null && answer.device().publicKey() != null) {
                running.add(answer.device().publicKey());
            }
        }
        List<Subject> subjects = new ArrayList<>();
        for (int i = 0; i < targets.size(); i++) {
            Target target = targets.get(i);
            Answer answer = answers.computeIfAbsent(target.name(), name -> ask(host, name));
            Running known = new Running(running, ports(answers.values()));
            subjects.add(subject(host, target, files.get(i), answer, known, through));
        }
        answers.values().forEach(answer -> wipeUnused(answer, subjects));
        return new Observation(host, subjects);
    }

    private static List<String> interfaces() {
        try {
            return UapiClient.interfaces();
        } catch (IOException e) {
            return List.of(); // asking an interface by name reports it again
        }
    }

    private static Set<Integer> ports(Collection<Answer> answers) {
        return answers.stream()
                .filter(answer -> answer.device() != null)
                .map(answer -> answer.device().listenPort())
                .collect(Collectors.toSet());
    }

    private static Subject subject(
            Host host,
            Target target,
            ConfigView file,
            Answer answer,
            Running running,
            List<ThroughTarget> targets) {
        DeviceState device = answer.device();
        boolean local =
                target.local()
                        || device != null
                                && file != null
                                && file.publicKey() != null
                                && file.publicKey().equals(device.publicKey());
        if (!local) {
            return new Subject(target.name(), file, false, null, null, Map.of());
        }
        Subject seen = new Subject(target.name(), file, true, device, answer.unseen(), Map.of());
        Map<PublicKey, Probe> probes = Map.of();
        String used = running.uses(host, seen);
        if (device != null) {
            probes = new InterfaceProbes(host, seen).run();
        } else if (file != null && file.publicKey() != null && answer.unseen() == null) {
            probes = FileProbes.run(seen, used == null && target.local());
        }
        Through through = null;
        if (!targets.isEmpty()) {
            through = used == null ? through(seen, targets) : Through.notOpened(used);
        }
        return new Subject(target.name(), file, true, device, answer.unseen(), probes, through);
    }

    private static Through through(Subject subject, List<ThroughTarget> targets) {
        ConfigView file = subject.file();
        return file == null || file.publicKey() == null
                ? Through.notOpened("there is no valid file with a key to open a tunnel with")
                : TunnelProbe.look(subject, targets);
    }

    private static Answer ask(Host host, String name) {
        boolean kernel =
                host.link(name).map(link -> link.state().kind().equals("wireguard")).orElse(false);
        if (kernel) {
            return new Answer(null, "it is the kernel's own WireGuard, which only wg can query");
        }
        try {
            return new Answer(device(UapiClient.of(name)), null);
        } catch (ErrnoException e) {
            boolean forbidden = e.errno() == Errno.EACCES || e.errno() == Errno.EPERM;
            return new Answer(null, forbidden ? "its daemon answers only root: try sudo" : null);
        } catch (IOException | IllegalArgumentException e) {
            return new Answer(null, null);
        }
    }

    /** The caller must wipe the preshared keys. */
    private static DeviceState device(UapiClient client) throws IOException {
        Map<DropReason, Long> drops = drops(client);
        StatusWithKeys withKeys =
                client.statusWithKeys(); // last, so that no failure leaves keys behind
        if (withKeys.privateKey() != null) {
            withKeys.privateKey().wipe();
        }
        return device(withKeys.status(), withKeys.presharedKeys(), drops);
    }

    /** Without its preshared keys. */
    static DeviceState keylessDevice(UapiClient client) throws IOException {
        return device(client.get(), Map.of(), drops(client));
    }

    private static Map<DropReason, Long> drops(UapiClient client) throws IOException {
        return client.dataPath().map(DataPathInfo::drops).orElse(Map.of());
    }

    private static DeviceState device(
            TunnelStatus status,
            Map<PublicKey, PresharedKey> presharedKeys,
            Map<DropReason, Long> drops) {
        return new DeviceState(
                status.publicKey(),
                status.listenPort(),
                status.fwmark(),
                status.peers(),
                presharedKeys,
                drops);
    }

    /** Wipes the answer of an interface that was asked only for its keys. */
    private static void wipeUnused(Answer answer, List<Subject> subjects) {
        DeviceState device = answer.device();
        if (device != null && subjects.stream().noneMatch(s -> s.device() == device)) {
            device.wipe();
        }
    }
}
