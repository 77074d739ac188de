// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Finds the addresses of hosts with the DNS servers of a tunnel. Numeric addresses, the local host
 * and what is no host name never leave; all else is asked of those servers only, never of the
 * system's. A and AAAA records are asked for at once; equal questions of several threads are asked
 * once; answers are kept (at most {@value #CACHE_ENTRIES} of them).
 *
 * <p>Thread-safe. Every question runs in a virtual thread, so that a caller may give up without
 * ending what others wait for. Closing it ends all questions.
 */
public final class DnsResolver implements AutoCloseable {
    /** The number of answers that are kept. */
    static final int CACHE_ENTRIES = 1024;

    /** Beyond this, a lookup fails at once: nothing that asks so much can want the answers. */
    static final int MAX_QUESTIONS = 4096;

    /** The number of questions that have a socket at a time; the others wait. */
    private static final int MAX_SOCKETS = 128;

    private static final DnsRecord.Edns EDNS =
            new DnsRecord.Edns(DnsMessage.EDNS_UDP_BYTES, 0, 0, false);

    private static final String TEMPORARY = "Temporary failure in name resolution";
    private static final String NO_ADDRESS = "No address associated with hostname";

    private final DnsOptions options;
    private final List<DnsName> searchDomains;
    private final DnsTransfer transfer;
    private final RandomGenerator random;
    private final LongSupplier clock;
    private final Semaphore socketPermits = new Semaphore(MAX_SOCKETS);

    /** Guards {@link #cache}, {@link #running} and {@link #closed}; never held while waiting. */
    private final Object lock = new Object();

    private final DnsCache cache = new DnsCache(CACHE_ENTRIES);
    private final Map<DnsQuestion, CompletableFuture<Answer>> running = new HashMap<>();
    private boolean closed;

    /** The server that answered last is asked first. */
    private volatile int firstServer;

    /**
     * Makes a resolver.
     *
     * @param options the servers and times
     * @param sockets opens the sockets to the servers
     */
    public DnsResolver(DnsOptions options, DnsSockets sockets) {
        this(options, sockets, new SecureRandom(), System::nanoTime);
    }

    /** The random generator must be thread-safe; the clock, in nanoseconds, ages the cache. */
    DnsResolver(
            DnsOptions options, DnsSockets sockets, RandomGenerator random, LongSupplier clock) {
        this.options = options;
        this.random = random;
        this.clock = clock;
        searchDomains = options.searchDomains().stream().map(DnsName::of).toList();
        transfer = new DnsTransfer(sockets, options.timeout());
    }

    /**
     * Finds the addresses of a host and waits for them as long as it takes: by default up to 10 s
     * for each server.
     *
     * @param host a name or a numeric address; Unicode is converted (IDNA)
     * @return at least one address, IPv6 first
     * @throws UnknownHostException if it has none, with the JDK's messages; or if this thread was
     *     interrupted, which leaves its interrupt status set
     */
    public InetAddress[] resolve(String host) throws UnknownHostException {
        try {
            return lookup(host).await(host, null).toArray(InetAddress[]::new);
        } catch (SocketTimeoutException e) {
            throw new AssertionError(e); // no time was given
        }
    }

    /**
     * Finds the addresses of a host, within a time.
     *
     * @param host a name or a numeric address
     * @param timeout how long to wait
     * @return at least one address, IPv6 first
     * @throws UnknownHostException if it has none
     * @throws SocketTimeoutException if the time was not enough
     */
    public InetAddress[] resolve(String host, Duration timeout)
            throws UnknownHostException, SocketTimeoutException {
        return lookup(host).await(host, timeout).toArray(InetAddress[]::new);
    }

    /**
     * Begins to look for the addresses of a host, and does not wait.
     *
     * @param host a name or a numeric address
     * @return what will be found
     */
    public DnsLookup lookup(String host) {
        DnsLookup lookup = new DnsLookup();
        switch (HostName.of(host)) {
            case HostName.Literal(InetAddress address) -> {
                return DnsLookup.of(List.of(address));
            }
            case HostName.Invalid(String why) -> lookup.fail(unknown(host, why, null));
            case HostName.Name name -> new Search(host, candidates(name), lookup).next();
        }
        return lookup;
    }

    /** The absolute names to try, in order: as resolv.conf(5) has it with ndots 1. */
    private List<DnsName> candidates(HostName.Name name) {
        List<DnsName> candidates = new ArrayList<>();
        if (!name.isAbsolute()) {
            for (DnsName domain : searchDomains) {
                DnsName joined = name.name().plus(domain);
                if (joined != null) {
                    candidates.add(joined);
                }
            }
        }
        candidates.add(name.name().labels() > 1 ? 0 : candidates.size(), name.name());
        return candidates;
    }

    private static UnknownHostException unknown(String host, String why, String cause) {
        UnknownHostException e = new UnknownHostException(host + ": " + why);
        if (cause != null) {
            e.initCause(new IOException(cause));
        }
        return e;
    }

    /**
     * Tries one name after the other until one has an address. A failure ends the search: otherwise
     * a name would mean another host while a server is down.
     */
    private final class Search {
        private final String host;
        private final List<DnsName> names;
        private final DnsLookup lookup;
        private int tried;
        private boolean exists;

        Search(String host, List<DnsName> names, DnsLookup lookup) {
            this.host = host;
            this.names = names;
            this.lookup = lookup;
        }

        /** Called by whichever thread had the last answer for the name before. */
        void next() {
            if (tried == names.size()) {
                lookup.fail(unknown(host, exists ? NO_ADDRESS : HostName.UNKNOWN, null));
                return;
            }
            DnsName name = names.get(tried++);
            CompletableFuture<Answer> six = ask(options.ipv6(), name, DnsRecord.TYPE_AAAA);
            CompletableFuture<Answer> four = ask(options.ipv4(), name, DnsRecord.TYPE_A);
            // Early addresses go out at once; the rest is settled once both answers are known.
            six.thenAccept(answer -> deliver(lookup.ipv6(), answer));
            four.thenAccept(answer -> deliver(lookup.ipv4(), answer));
            six.thenAcceptBoth(four, this::settle);
        }

        private CompletableFuture<Answer> ask(boolean isWanted, DnsName name, int type) {
            return isWanted
                    ? DnsResolver.this.ask(new DnsQuestion(name, type))
                    : CompletableFuture.completedFuture(NOT_ASKED);
        }

        private void deliver(CompletableFuture<List<InetAddress>> family, Answer answer) {
            if (answer.isPositive()) {
                family.complete(answer.addresses().stream().map(this::named).toList());
            }
        }

        private InetAddress named(InetAddress address) {
            try {
                return InetAddress.getByAddress(host, address.getAddress());
            } catch (UnknownHostException e) {
                throw new AssertionError(e); // the length is right
            }
        }

        /** Delivers again, because actions on the same future run in no order. */
        private void settle(Answer six, Answer four) {
            deliver(lookup.ipv6(), six);
            deliver(lookup.ipv4(), four);
            Answer failed = failed(six) ? six : four;
            if (six.isPositive() || four.isPositive()) {
                DnsName name = names.get(tried - 1);
                leaveOut(six, new DnsQuestion(name, DnsRecord.TYPE_AAAA));
                leaveOut(four, new DnsQuestion(name, DnsRecord.TYPE_A));
                lookup.ipv6().complete(List.of());
                lookup.ipv4().complete(List.of());
            } else if (failed(failed)) {
                lookup.fail(unknown(host, TEMPORARY, failed.failure()));
            } else {
                exists |= exists(six) || exists(four);
                next();
            }
        }

        /**
         * Some servers never answer for one family. Once the other one has addresses, each lookup
         * would wait for that anew.
         */
        private void leaveOut(Answer answer, DnsQuestion question) {
            if (failed(answer)) {
                keep(question, SILENT);
            }
        }

        private static boolean failed(Answer answer) {
            return answer.kind() == Answer.Kind.FAILED;
        }

        private static boolean exists(Answer answer) {
            return answer != NOT_ASKED && answer.kind() == Answer.Kind.NO_DATA;
        }
    }

    private static final Answer NOT_ASKED =
            new Answer(Answer.Kind.NO_DATA, List.of(), 0, null, null);

    /** Stands for the missing answer for one family: no addresses, for a minute. */
    private static final Answer SILENT = new Answer(Answer.Kind.NO_DATA, List.of(), 60, null, null);

    private void keep(DnsQuestion question, Answer answer) {
        synchronized (lock) {
            if (!closed) {
                cache.put(question, answer, clock.getAsLong());
            }
        }
    }

    /** The future never fails: an answer may be a failure. */
    private CompletableFuture<Answer> ask(DnsQuestion question) {
        CompletableFuture<Answer> future;
        synchronized (lock) {
            Answer kept = cache.get(question, clock.getAsLong());
            if (kept != null) {
                return CompletableFuture.completedFuture(kept);
            }
            future = running.get(question);
            if (future != null) {
                return future;
            }
            if (closed || running.size() >= MAX_QUESTIONS) {
                return CompletableFuture.completedFuture(
                        Answer.failed(closed ? "the resolver is closed" : "too many questions"));
            }
            future = new CompletableFuture<>();
            running.put(question, future);
        }
        CompletableFuture<Answer> started = future;
        Thread.ofVirtual().name("dns").start(() -> answer(question, started));
        return future;
    }

    /** Runs in a virtual thread of its own. */
    private void answer(DnsQuestion question, CompletableFuture<Answer> future) {
        Answer answer = Answer.failed("the question ended with an error");
        try {
            answer = follow(question);
        } finally {
            synchronized (lock) {
                running.remove(question);
                if (!closed) {
                    cache.put(question, answer, clock.getAsLong());
                }
            }
            future.complete(answer);
        }
    }

    /** Asks, and asks again for the target as long as the server does not follow aliases itself. */
    private Answer follow(DnsQuestion question) {
        DnsQuestion next = question;
        long ttlSeconds = Long.MAX_VALUE;
        for (int i = 0; i < Answer.MAX_ALIASES; i++) {
            Answer answer =
                    switch (exchange(next, EDNS)) {
                        case DnsExchange.Answered answered -> Answer.of(answered.message(), next);
                        case DnsExchange.Failed(String reason) -> Answer.failed(reason);
                        case DnsExchange.Send send -> throw new AssertionError(send);
                    };
            if (answer.kind() != Answer.Kind.ALIAS) {
                return answer.keptFor(ttlSeconds);
            }
            ttlSeconds = Math.min(ttlSeconds, answer.ttlSeconds());
            next = new DnsQuestion(answer.target(), question.type());
        }
        return Answer.failed("more than " + Answer.MAX_ALIASES + " aliases in a row");
    }

    /**
     * Asks the servers one question of any type, and keeps nothing. Blocks.
     *
     * @param edns what the query has of EDNS, or null
     */
    DnsExchange.Step exchange(DnsQuestion question, DnsRecord.Edns edns) {
        List<InetSocketAddress> servers = new ArrayList<>(options.servers());
        Collections.rotate(servers, -firstServer);
        socketPermits.acquireUninterruptibly();
        try {
            DnsExchange.Step end =
                    transfer.run(new DnsExchange(question, servers, options.tries(), edns, random));
            if (end instanceof DnsExchange.Answered answered) {
                firstServer = options.servers().indexOf(answered.server());
            }
            return end;
        } finally {
            socketPermits.release();
        }
    }

    /** Ends all questions, which fail, and forgets all answers. Later questions fail at once. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            cache.clear();
        }
        transfer.close();
    }
}
