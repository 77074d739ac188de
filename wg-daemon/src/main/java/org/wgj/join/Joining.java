// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.enrol.EnrolAnswer;
import org.wgj.mesh.enrol.EnrolClient;
import org.wgj.mesh.enrol.EnrolException;
import org.wgj.mesh.enrol.EnrolRequest;
import org.wgj.mesh.node.Identity;
import org.wgj.mesh.node.IdentityFile;
import org.wgj.mesh.node.MachineId;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.mesh.node.NodeOptions;
import org.wgj.mesh.token.JoinToken;
import org.wgj.quick.Output;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Makes this machine a member: makes keys, keeps them, and asks a coordinator. The keys are kept
 * before the first question, so that a lost answer or an interruption costs no second use of the
 * token: the next attempt asks with the same keys and gets the same answer.
 */
public final class Joining {
    /** A node offers a key for each of the four planes; the mesh takes those that it has. */
    private static final List<String> PLANES = List.of("wg0", "wg1", "wg2", "wg3");

    private static final Duration PAUSE_FOR_APPROVAL = Duration.ofSeconds(3);

    /**
     * The time that the end takes after the last wait: closing the tunnel, the message, the end of
     * the JVM.
     */
    private static final Duration FOR_THE_END = Duration.ofMillis(700);

    /** Enough for some lost handshakes, on a machine that is too slow for the limit. */
    private static final Duration LEAST_PATIENCE = Duration.ofSeconds(4);

    private final NodeFolder folder;
    private final Output output;
    private Duration ofTheUser = Duration.ZERO;

    /**
     * The user's wishes to the coordinator.
     *
     * @param name the node's name
     * @param addressOrNull its address in the first plane; null for any
     * @param ephemeral whether the node is removed some time after it was last seen
     * @param sharesPortBehindNat whether its planes share one port if a NAT lies between it and the
     *     coordinator, whatever its options say
     */
    public record Wish(
            String name,
            InetAddress addressOrNull,
            boolean ephemeral,
            boolean sharesPortBehindNat) {}

    /**
     * Prepares to join.
     *
     * @param output is told what happens
     */
    public Joining(NodeFolder folder, Output output) {
        this.folder = folder;
        this.output = output;
    }

    /**
     * Takes a time out of the limit: what the user took to give the token.
     *
     * @param time spent since the program's start
     */
    public void userTook(Duration time) {
        ofTheUser = ofTheUser.plus(time);
    }

    /**
     * Returns the machine's identity in a mesh.
     *
     * @param sameMachine whether an identity of another machine is this one's all the same
     * @return the identity; empty if this machine is no member, or the mesh has removed it
     * @throws IOException if the identity belongs to another machine or is damaged
     */
    public Optional<Identity> existing(boolean sameMachine) throws IOException {
        Optional<Identity> identity = IdentityFile.read(folder);
        if (identity.isEmpty()) {
            return identity;
        }
        Identity found = identity.get();
        if (sameMachine) {
            found = found.withMachine(MachineId.ofThisMachine());
            IdentityFile.write(folder, found);
        }
        MachineCheck.check(folder, found);
        if (folder.read("removed").isPresent()) {
            output.warn("the mesh had removed this machine: it joins with new keys");
            IdentityFile.delete(folder);
            return Optional.empty();
        }
        return found.memberOrNull() == null ? Optional.empty() : Optional.of(found);
    }

    /**
     * Asks to join, and again while an administrator has to approve it. Two processes that join
     * with one folder at once would make keys twice, so the second one is refused while the first
     * is at work.
     *
     * @return the identity of a member, which is kept already; that of another process which has
     *     joined meanwhile
     * @throws FinalException if another attempt would fail as well; the message says what to do
     * @throws IOException if the mesh refuses for now or does not answer
     * @throws InterruptedException if the thread is interrupted
     */
    public Identity join(JoinToken token, Wish wish, NodeOptions options)
            throws IOException, InterruptedException {
        try (Closeable _ = claim()) {
            Optional<Identity> meanwhile = existing(false);
            return meanwhile.isPresent() ? meanwhile.get() : askToJoin(token, wish, options);
        }
    }

    private Closeable claim() throws IOException {
        return folder.claim()
                .orElseThrow(
                        () ->
                                new IOException(
                                        folder.path()
                                                + ": another wgj join is at work here: wait until"
                                                + " it has ended, then wgj join shows the node"));
    }

    private Identity askToJoin(JoinToken token, Wish wish, NodeOptions options)
            throws IOException, InterruptedException {
        Identity identity = withKeys(token, options);
        EnrolRequest request = request(identity, wish);
        EnrolClient client = client(token, patience());
        boolean told = false;
        while (true) {
            if (told && !Instant.now().isBefore(token.expires())) {
                throw new FinalException(
                        "this node still waits for approval, and its token has expired. Its keys"
                                + " are kept: when it is approved, give wgj join a new token",
                        null);
            }
            EnrolAnswer answer = ask(client, request);
            switch (answer.result()) {
                case JOINED -> {
                    return keep(identity, answer, wish);
                }
                case PENDING -> {
                    if (!told) {
                        output.warn(
                                "waiting until an administrator approves this node as "
                                        + answer.name()
                                        + " with the key "
                                        + identity.publicKeys().get(PLANES.getFirst()).toBase64());
                        told = true;
                        client = client(token, EnrolClient.TIMEOUT);
                    }
                    Thread.sleep(PAUSE_FOR_APPROVAL);
                }
                case REFUSED -> throw refusal(answer);
            }
        }
    }

    private static EnrolAnswer ask(EnrolClient client, EnrolRequest request)
            throws IOException, InterruptedException {
        try {
            return client.ask(request);
        } catch (EnrolException e) {
            throw e.isPermanent() ? new FinalException(e.getMessage(), e) : e;
        }
    }

    private static EnrolClient client(JoinToken token, Duration timeout) {
        return new EnrolClient(token, timeout, InstantSource.system());
    }

    /** Returns the time since this program was started, by the wall clock; 0 if that is unknown. */
    private static Duration sinceStart() {
        return ProcessHandle.current()
                .info()
                .startInstant()
                .map(start -> Duration.between(start, Instant.now()))
                .orElse(Duration.ZERO);
    }

    /** The same, for a first question that is asked now. */
    Duration patience() {
        return patience(sinceStart().minus(ofTheUser));
    }

    /**
     * Returns how long to wait for a first answer, so that the command gives up within {@link
     * EnrolClient#TIMEOUT} of its start, the start of its JVM included, the user's time not.
     *
     * @param sinceStart how long the program has run; anything if the clock was set meanwhile
     */
    static Duration patience(Duration sinceStart) {
        Duration most = EnrolClient.TIMEOUT.minus(FOR_THE_END);
        Duration left = sinceStart.isNegative() ? most : most.minus(sinceStart);
        return left.compareTo(LEAST_PATIENCE) < 0 ? LEAST_PATIENCE : left;
    }

    /** Returns the keys of an attempt that came to nothing, or makes new ones. */
    private Identity withKeys(JoinToken token, NodeOptions options) throws IOException {
        Optional<Identity> before =
                IdentityFile.read(folder).filter(found -> found.memberOrNull() == null);
        SortedMap<String, PrivateKey> keys = new TreeMap<>();
        if (before.isPresent() && before.get().keys().keySet().containsAll(PLANES)) {
            keys.putAll(before.get().keys());
        } else {
            PLANES.forEach(plane -> keys.put(plane, PrivateKey.generate()));
        }
        Identity identity =
                new Identity(
                        MachineId.ofThisMachine(),
                        keys,
                        options,
                        token.lockKey(),
                        token.coordinators().stream()
                                .map(JoinToken.Coordinator::key)
                                .collect(Collectors.toSet()),
                        null);
        IdentityFile.write(folder, identity);
        return identity;
    }

    private static EnrolRequest request(Identity identity, Wish wish) {
        NodeOptions options = identity.options();
        return new EnrolRequest(
                wish.name(),
                identity.publicKeys(),
                options.ports(),
                options.advertised(),
                identity.machine(),
                wish.ephemeral(),
                options.directOnly(),
                wish.addressOrNull());
    }

    private Identity keep(Identity identity, EnrolAnswer answer, Wish wish) throws IOException {
        Identity.Member member =
                new Identity.Member(
                        answer.node(),
                        answer.name(),
                        answer.mesh(),
                        answer.epochOrNull(),
                        answer.planes(),
                        answer.coordinators());
        Identity joined;
        try {
            joined = identity.joined(member);
        } catch (IllegalArgumentException e) {
            throw new FinalException(
                    "the mesh has planes with names that this wgj does not offer a key for: "
                            + answer.planes().stream()
                                    .map(plane -> plane.name())
                                    .collect(Collectors.joining(", ")),
                    e);
        }
        if (wish.sharesPortBehindNat()) {
            joined = withPorts(joined, answer.seenAtOrNull());
        }
        IdentityFile.write(folder, joined);
        return joined;
    }

    /** Nothing is to choose with one plane. */
    private Identity withPorts(Identity joined, InetAddress seenAtOrNull) throws IOException {
        int planes = joined.memberOrNull().planes().size();
        if (planes == 1) {
            return joined;
        }
        PortSharing sharing = PortSharing.of(seenAtOrNull, PortSharing.ownAddresses());
        output.warn(sharing.text(planes));
        return joined.withOptions(joined.options().withSharedPort(sharing.shared()));
    }

    static IOException refusal(EnrolAnswer answer) {
        String advice =
                switch (answer.reasonOrNull()) {
                    case USED -> "ask for a new token, which wgj mesh token makes";
                    case NAME_TAKEN -> "choose another with --name";
                    case ADDRESS_TAKEN -> "choose another with --ip, or leave it out";
                    case BUSY -> "try again in a moment";
                    default -> "";
                };
        String text =
                "the mesh refuses this node: %s%s"
                        .formatted(answer.message(), advice.isEmpty() ? "" : "; " + advice);
        return answer.reasonOrNull().isFinal()
                ? new FinalException(text, null)
                : new IOException(text);
    }

    /**
     * Makes a name for the node of what the machine is called.
     *
     * @param host the machine's name
     * @return a label of RFC 1123
     */
    public static String label(String host) {
        String label = host.toLowerCase(Locale.ROOT).replaceFirst("\\..*", "");
        label = label.replaceAll("[^a-z0-9-]+", "-").replaceAll("^-+|-+$", "");
        label = label.length() > 63 ? label.substring(0, 63).replaceAll("-+$", "") : label;
        return label.isEmpty() || Set.of("localhost").contains(label) ? "node" : label;
    }
}
