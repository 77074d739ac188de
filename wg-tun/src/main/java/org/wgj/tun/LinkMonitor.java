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
 * Follows the name, MTU and state of the interface behind a TUN descriptor, also after it was
 * renamed or moved to another network namespace, and tells a {@link TunListener} from a thread of
 * its own.
 *
 * <p>Only the descriptor knows the interface for certain. It is asked for the name; a {@link
 * LinkSocket} in the namespace of the thread that made this then knows the rest, and says when to
 * look again. In another namespace nothing is held open, since that would keep it alive when its
 * user deletes it: it is asked about from outside, each second.
 *
 * <pre>
 *   woken or 1 s passed
 *     -&gt; TUNGETIFF: the name now; EBADFD: gone
 *     -&gt; the link socket knows that name, with the same index   -&gt; its state and MTU
 *     -&gt; it does not: moved. The other namespace is asked      -&gt; its state and MTU
 *     -&gt; that is not allowed: writable means up; the MTU stays as it was
 * </pre>
 *
 * wireguard-go writes an empty packet every second instead and takes EINVAL for up, EIO for down.
 * Linux 6.18 answers EINVAL either way, and counts each as a dropped packet; poll(2) tells the
 * truth and has no effect.
 *
 * <p>Before {@link #start} used by the thread that made it, afterwards by the monitor's thread; the
 * last known values may be read by anybody.
 */
final class LinkMonitor {
    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;

    /** How long a change may go unseen that no socket reports. */
    private static final int TICK_MS = 1000;

    private static final int ANY_INDEX = -1;

    private final int tun;
    private final int wake;
    private final String home; // the link socket's namespace
    private final LinkSocket links;
    private boolean away; // in another namespace, for certain
    private boolean blind; // cannot be looked at
    private int index = ANY_INDEX;
    private boolean up;
    private volatile String name;

    /**
     * At first what the kernel gives a new TUN, for one that is where this process may not look.
     */
    private volatile int mtu = 1500;

    private volatile boolean stopping;
    private boolean released;
    private Thread thread;

    /** Looks at the interface for the first time; the descriptor stays the caller's. */
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
     * Returns when the thread has ended and will not use the TUN's descriptor again, or, called
     * from the listener, when it will end without doing so.
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

    /** The lock keeps a thread that is ending by itself from closing the eventfd meanwhile. */
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
        // An error, which deletion is, is reported unasked.
        fds.watch(2, tun, (away || blind) && !up ? PollFds.POLLOUT : 0);
        fds.await(TICK_MS);
        if (fds.returned(1) != 0) {
            links.drain();
        }
    }

    /** Refreshes what is known; false when the interface is gone. */
    private boolean look() throws ErrnoException {
        // It may move or be renamed between two calls; more than twice in a row is left for later.
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

    /** Looks at it where it is now, if that is not home; false also where that is not allowed. */
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
