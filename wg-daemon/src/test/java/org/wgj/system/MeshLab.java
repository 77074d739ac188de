// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

import java.time.Duration;

/**
 * A network of hosts with public addresses, a coordinator on one of them, as a user without any
 * right, and nodes on others. The coordinator is 203.0.113.1, node N is 203.0.113.(10 + N).
 */
final class MeshLab {
    /** Long enough for a Java program on a busy machine. */
    private static final Duration LONG = Duration.ofSeconds(120);

    private static final String STATE = "/run/state";

    private static final String JOIN =
            """
            for attempt in 1 2 3 4; do
                "$@"
                tail -5 /run/node.log | grep -q "no coordinator answered" || break
            done
            """;

    private final NatLab net;
    private final String endpoint;
    private final Host coordinator;
    private final String administrator;
    private int nodes;

    /** A machine that is a node, or may become one. */
    final class Node {
        private final Host host;

        private Node(Host host) {
            this.host = host;
        }

        Host host() {
            return host;
        }

        /** Runs a command of wgj; what comes behind its words is options. */
        Command.Result wgj(String words, Object... arguments) {
            return host.run(
                    LONG,
                    "%s %s"
                            .formatted(
                                    Repository.folder().resolve("bin/wgj"),
                                    words.formatted(arguments)));
        }

        Command.Result join(String arguments) {
            String patience = arguments.contains("--wait") ? "" : "--wait 60 ";
            return wgj("join --state %s %s%s", STATE, patience, arguments);
        }

        /** Joins, if need be at the second time: a busy machine may not answer in time. */
        void joinOrAskAgain(String arguments) {
            Command.Result joined = join(arguments);
            if (joined.text().contains("no coordinator answered")) {
                System.out.println(joined + MeshLab.this.log());
                joined = join(arguments);
            }
            joined.orFail();
        }

        /**
         * Joins, and goes on as a process in the background that logs what it does. It asks again
         * if the machine is so busy that the coordinator does not answer in time.
         */
        void joinAndLog(String arguments) {
            host.file("join.sh", JOIN);
            host.sh(
                    "LOG_LEVEL=debug bash /run/join.sh %s join --foreground %s --state %s"
                            + " >>/run/node.log 2>&1 </dev/null &",
                    Repository.folder().resolve("bin/wgj"), arguments, STATE);
        }

        /** Waits until it has the mesh's map. */
        void awaitMap() {
            try {
                Await.until(
                        host + " is in", NatPair.PATIENCE, () -> log().contains("MeshNode - map"));
            } catch (AssertionError e) {
                throw new AssertionError(e.getMessage() + ": " + log() + MeshLab.this.log(), e);
            }
        }

        /** Starts the node of a machine that has joined. */
        void startAndLog() {
            host.sh(
                    "LOG_LEVEL=debug %s mesh up --state %s >>/run/node.log 2>&1 </dev/null &",
                    Repository.folder().resolve("bin/wgj"), STATE);
        }

        /** The IPv4 address of its first interface. */
        String address() {
            return address("10.77");
        }

        /** The same in a mesh whose range begins so. */
        String address(String beginning) {
            return host.sh("ip -4 -o address show wg0 | grep -o '%s[0-9.]*' | head -1", beginning);
        }

        /** The IPv6 address of its first interface, in a mesh that has them. */
        String address6() {
            return host.sh("ip -6 -o address show wg0 | grep -o 'fd77::[0-9a-f]*' | head -1");
        }

        String log() {
            return host.run("cat /run/node.log").out();
        }

        Command.Result leave() {
            return wgj("leave --state %s", STATE);
        }

        /** The node's own view, as {@code wgj mesh status --json} prints it. */
        JsonObject status() {
            Command.Result result = wgj("mesh status --json --state %s", STATE);
            if (result.out().isEmpty()) {
                throw new AssertionError(result.toString());
            }
            return JsonParser.parseString(result.out()).getAsJsonObject();
        }

        /** The whole mesh as {@code wgj mesh status} prints it. */
        String statusText() {
            return wgj("mesh status --state %s", STATE).out();
        }

        /** Returns whether the node's own view has this many peers, all of them reached. */
        boolean reaches(int peers) {
            JsonObject own = status().getAsJsonObject("node");
            if (own == null || own.getAsJsonArray("peers").size() != peers) {
                return false;
            }
            for (var peer : own.getAsJsonArray("peers")) {
                String path =
                        peer.getAsJsonObject().getAsJsonObject("link").get("path").getAsString();
                if (path.equals("none") || path.equals("broken")) {
                    return false;
                }
            }
            return true;
        }

        /** Ends the node's process as the machine's end would. */
        void kill() {
            host.sh("kill -9 $(cat %s/node/lock)", STATE);
            Await.until(host + " has no wg0", () -> host.run("ip link show wg0").exit() != 0);
        }
    }

    MeshLab(Lab lab) {
        this(new NatLab(lab));
    }

    /** Puts the coordinator into a network that may have routers. */
    MeshLab(NatLab net) {
        this(net, 1);
    }

    private MeshLab(NatLab net, int number) {
        this.net = net;
        endpoint = NatLab.PREFIX + number;
        coordinator = net.host(number == 1 ? "coordinator" : "coordinator-" + number, number);
        administrator =
                "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"
                        + " --bounding-set=-all env HOME=/nonexistent "
                        + OpenCopy.of(coordinator);
        coordinator.sh("install -d -o 65534 -g 65534 -m 700 %s", STATE);
    }

    /** The machine of the coordinator. */
    Host coordinator() {
        return coordinator;
    }

    /** A machine for a second coordinator, 203.0.113.2; nodes belong to this object. */
    MeshLab second() {
        return new MeshLab(net, 2);
    }

    /** Makes a further coordinator of the mesh of a shared store, and starts it. */
    void beginFurther(String options) {
        admin("init --endpoint %s:51820 %s", endpoint, options).orFail();
        serve();
    }

    /** Runs a command of the coordinator's user. */
    Command.Result admin(String words, Object... arguments) {
        return coordinator.run(
                LONG, administrator + " mesh " + words.formatted(arguments) + " --state " + STATE);
    }

    /**
     * Makes the mesh and starts its coordinator, which has IPv6 too, as its second endpoint. The
     * mesh has IPv6 inside: node N has the address fd77::N.
     */
    void beginWithIpv6(String options) {
        net.ipv6(coordinator, 1);
        begin("--endpoint [2001:db8:113::1]:51820 --cidr6 fd77::/64 " + options);
    }

    /** Makes the mesh and starts its coordinator. */
    void begin(String options) {
        admin("init --name prod --endpoint %s:51820 %s", endpoint, options).orFail();
        serve();
    }

    void serve() {
        coordinator.sh(
                "%s mesh serve --state %s >>/run/serve.log 2>&1 </dev/null & echo $!"
                        + " >/run/serve.pid",
                administrator, STATE);
        Await.until(
                "the coordinator runs",
                () ->
                        coordinator
                                        .run(
                                                "test -S %s/coordinator/coordinator.sock"
                                                        .formatted(STATE))
                                        .exit()
                                == 0);
    }

    /** Waits until the coordinator has written down the relayed sessions of now. */
    void awaitNewRelayFile() {
        coordinator.sh("touch /run/now");
        Await.until(
                "the relay's file",
                () ->
                        !coordinator
                                .sh("find %s/coordinator/relay -newer /run/now", STATE)
                                .isEmpty());
    }

    /** Stops the coordinator, as when its machine is switched off. */
    void stopServing() {
        coordinator.sh("kill -9 $(cat /run/serve.pid)");
        coordinator.sh("rm -f %s/coordinator/coordinator.sock", STATE);
    }

    /** Ends the coordinator as its service manager does. */
    void endServing() {
        coordinator.sh("kill $(cat /run/serve.pid)");
        Await.until(
                "the coordinator has ended",
                () -> coordinator.run("kill -0 $(cat /run/serve.pid)").exit() != 0);
    }

    String token(String options) {
        return admin("token " + options).orFail().out().strip();
    }

    Node node() {
        int number = nodes++;
        return new Node(net.host("n" + number, 10 + number));
    }

    /** A node on a host of the network. */
    Node node(Host host) {
        return new Node(host);
    }

    String log() {
        return coordinator.run("cat /run/serve.log").out();
    }
}
