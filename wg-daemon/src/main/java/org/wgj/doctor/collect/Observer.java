// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.doctor.collect.Targets.Target;
import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.ConfigView;
import org.wgj.doctor.observation.Observation.DeviceState;
import org.wgj.doctor.observation.Observation.Host;
import org.wgj.doctor.observation.Observation.Probe;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.protocol.DropReason;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Collects everything that checks need, and probes peers. */
public final class Observer {
    /** The answer of a daemon, or why there is none. */
    private record Answer(DeviceState device, String unseen) {}

    private Observer() {}

    /**
     * @param configurations the folder with the files of this machine
     * @param words interfaces, files or folders; none for every interface of this machine
     * @throws IOException if there is nothing to examine
     */
    public static Observation look(Path configurations, List<String> words) throws IOException {
        List<Target> targets = new Targets(configurations).of(words);
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
            subjects.add(subject(host, target, files.get(i), answer, running));
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

    private static Subject subject(
            Host host, Target target, ConfigView file, Answer answer, Set<PublicKey> running) {
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
        if (device != null) {
            probes = new InterfaceProbes(host, seen).run();
        } else if (file != null && file.publicKey() != null && answer.unseen() == null) {
            boolean elsewhere = running.contains(file.publicKey());
            probes = FileProbes.run(file.config(), !elsewhere && target.local());
        }
        return new Subject(target.name(), file, true, device, answer.unseen(), probes);
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
