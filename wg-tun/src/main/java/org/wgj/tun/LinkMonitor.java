// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.wgj.tun.linux.ErrnoException.check;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;
import org.wgj.tun.linux.LinkState;
import org.wgj.tun.linux.PollFds;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Follows the name, MTU and state of the interface behind a TUN descriptor and tells a {@link
 * TunListener} from a thread of its own, also after the interface was renamed or moved to another
 * network namespace.
 *
 * <p>Only the descriptor identifies the interface for certain, so the monitor asks it for the name.
 * A {@link LinkSocket} in the namespace of the thread that created the monitor knows the rest and
 * says when to look again. If the interface is in another namespace, the monitor asks about it from
 * outside, each second. It keeps nothing open there, because that would keep the namespace alive
 * after its user deletes it.
 *
 * <pre>
 *   woken or 1 s passed
 *     -&gt; TUNGETIFF: the name now; EBADFD: gone
 *     -&gt; the link socket knows that name, with the same index  -&gt; its state and MTU
 *     -&gt; it does not: moved; ask the other namespace           -&gt; its state and MTU
 *     -&gt; not allowed to ask: up if writable; the MTU stays as it was
 * </pre>
 *
 * wireguard-go instead writes an empty packet every second and takes EINVAL for up, EIO for down.
 * Linux 6.18 answers EINVAL in both cases and counts each as a dropped packet. poll(2) answers
 * correctly and has no side effect.
 *
 * <p>The thread that created the monitor uses it before {@link #start}, the monitor's own thread
 * afterwards. Any thread may read the last known values.
 */
final class LinkMonitor {
    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;

    /** The longest time that a change stays unseen if no socket reports it. */
    private static final int TICK_MS = 1000;

    private static final int ANY_INDEX = -1;

    private final int tun;
    private final int wake;
    private final String home; // name of the link socket's namespace
    private final LinkSocket links;
    private boolean away; // known to be in another namespace
    private boolean blind; // not allowed to look at it
    private int index = ANY_INDEX;
    private boolean up;
    private volatile String name;

    /** If this process may not look at the interface, the MTU that the kernel gives a new TUN. */
    private volatile int mtu = 1500;

    private volatile boolean stopping;
    private boolean released;
    private Thread thread;

    /** Looks at the interface for the first time. The caller keeps the descriptor. */
    LinkMonitor(int tun) throws IOException {
        this.tun = tun;
        home = TunNamespace.nameOfOwn();
        links = LinkSocket.openHere();
        int eventfd = -1;
        try {
            eventfd = check("eventfd", Libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
            wake = eventfd;
            if (!look()) {
                throw new TunGoneException("of an inherited descriptor");
            }
        } catch (IOException | RuntimeException e) {
            links.close();
            if (eventfd >= 0) {
                Libc.close(eventfd);
            }
            throw e;
        }
    }

    String name() {
        return name;
    }

    int mtu() {
        return mtu;
    }

    void setMtu(int wanted) throws ErrnoException {
        links.setMtu(name, wanted);
        mtu = wanted;
    }

    void start(TunListener listener) {
        thread = Thread.ofPlatform().daemon().name("tun-" + name).unstarted(() -> run(listener));
        thread.start();
    }

    /**
     * Ends the monitor. On return its thread has ended and does not use the TUN's descriptor any
     * more. If the listener calls this, the thread ends later, also without using it.
     */
    void stop() {
        stopping = true;
        if (thread == null) {
            release();
        } else if (thread != Thread.currentThread()) {
            wake();
            Threads.joinUninterruptibly(thread);
        }
    }

    /** The lock keeps a thread that is ending from closing the eventfd during the call. */
    private synchronized void wake() {
        if (!released) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment one = arena.allocateFrom(JAVA_LONG, 1);
                Libc.write(wake, one.address(), Long.BYTES);
            }
        }
    }

    private synchronized void release() {
        released = true;
        links.close();
        Libc.close(wake);
    }

    private void run(TunListener listener) {
        try (Arena arena = Arena.ofConfined()) {
            PollFds fds = new PollFds(arena, 3);
            int toldMtu = mtu;
            Boolean toldUp = null;
            while (!stopping) {
                if (!look()) {
                    listener.gone();
                    return;
                }
                if (toldUp == null || toldUp != up) {
                    toldUp = up;
                    if (up) {
                        listener.up();
                    } else {
                        listener.down();
                    }
                }
                if (!stopping && toldMtu != mtu) {
                    toldMtu = mtu;
                    listener.mtuChanged(toldMtu);
                }
                if (!stopping) {
                    await(fds);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("monitor of interface " + name, e);
        } finally {
            release();
        }
    }

    private void await(PollFds fds) throws ErrnoException {
        fds.watch(0, wake, PollFds.POLLIN);
        fds.watch(1, links.descriptor(), PollFds.POLLIN);
        // poll(2) reports errors unasked, and deletion is one.
        fds.watch(2, tun, (away || blind) && !up ? PollFds.POLLOUT : 0);
        fds.await(TICK_MS);
        if (fds.returned(1) != 0) {
            links.drain();
        }
    }

    /** Refreshes the values; returns false if the interface is gone. */
    private boolean look() throws ErrnoException {
        // It may be moved or renamed between two calls; after three attempts the next look decides.
        for (int attempt = 0; attempt < 3; attempt++) {
            String current = TunDescriptor.interfaceName(tun);
            if (current == null) {
                return false;
            }
            name = current;
            if (index == ANY_INDEX && lookElsewhere(current)
                    || lookAtHome(current)
                    || lookElsewhere(current)) {
                blind = false;
                return true;
            }
        }
        blind = true;
        up = TunDescriptor.isUp(tun);
        return true;
    }

    private boolean lookAtHome(String current) throws ErrnoException {
        LinkSocket.View view = away ? null : links.view(current);
        if (view == null || index != ANY_INDEX && index != view.index()) {
            return false;
        }
        index = view.index();
        up = view.up();
        mtu = view.mtu();
        return true;
    }

    /**
     * Looks at the interface in its present namespace, if that is not home; returns false also if
     * this process may not look there.
     */
    private boolean lookElsewhere(String current) {
        try (TunNamespace namespace = TunNamespace.of(tun)) {
            away = !namespace.name().equals(home);
            index = ANY_INDEX;
            if (!away) {
                return false;
            }
            LinkState link = namespace.link(current);
            up = link.up();
            mtu = link.mtu();
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
