// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

import java.util.List;
import java.util.stream.Stream;

/**
 * A server of the guides: a host with an /etc/wireguard and a resolv.conf of its own, whose
 * interfaces {@code wgj} brings up.
 */
final class GuideNode {
    private static final String WGJ = Repository.folder().resolve("bin/wgj").toString();

    private final Host host;
    private final GuideKeys keys;

    GuideNode(Lab lab, String name, GuideKeys keys) {
        this.keys = keys;
        host = lab.host(name);
        host.sh(
                """
                mkdir -p /etc/wireguard
                mount -t tmpfs tmpfs /etc/wireguard
                echo 'nameserver 100.64.0.53' >/run/resolv.conf
                mount --bind /run/resolv.conf /etc/resolv.conf
                """);
    }

    Host host() {
        return host;
    }

    /** Writes /etc/wireguard/INTERFACE.conf, the guide's words with the keys filled in. */
    void configure(String interfaceName, String text) {
        String file = host.file(interfaceName + ".conf", keys.fill(text));
        host.sh("mv %s /etc/wireguard/", file);
    }

    /** Brings interfaces up, each by a daemon of its own. */
    void up(String... interfaceNames) {
        wgj("up " + String.join(" ", interfaceNames)).orFail();
    }

    /** Starts {@code wgj run}: all interfaces in one process, which lasts as long as the host. */
    void run(String... interfaceNames) {
        host.sh(
                "%s exec setsid %s run %s </dev/null >/run/run.log 2>&1 &",
                environment(), WGJ, String.join(" ", interfaceNames));
        for (String name : interfaceNames) {
            Await.until(
                    name + " of " + host + " is up",
                    () -> host.run("ip -o link show up dev " + name).out().contains(name + ":"));
        }
    }

    Command.Result wgj(String arguments) {
        return host.run(
                "%s %s %s >/run/wgj.log 2>&1; exit=$?; cat /run/wgj.log; exit $exit"
                        .formatted(environment(), WGJ, arguments));
    }

    private static String environment() {
        return "WGJ_JAVA_OPTS='" + JavaOptions.with("-Dwgj.rekeyAfterSeconds=5") + "'";
    }

    /** Brings one interface up on each of some nodes, at the same time. */
    static void allUp(List<GuideNode> nodes, String interfaceName) {
        nodes.parallelStream().forEach(node -> node.up(interfaceName));
    }

    /** Waits until each of the addresses is reached from this node. */
    void reaches(String... addresses) {
        Stream.of(addresses)
                .forEach(
                        address ->
                                Await.until(
                                        host + " reaches " + address,
                                        () -> Traffic.reaches(host, address)));
    }

    @Override
    public String toString() {
        return host.toString();
    }
}
