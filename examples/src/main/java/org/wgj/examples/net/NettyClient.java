// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.resolver.NoopAddressResolverGroup;

import org.wgj.netstack.TunnelNet;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Shows a Netty client whose channels go through a tunnel, as those of any library that is built on
 * Netty can.
 *
 * <p>It prints: {@code the server said: hello 10.0.0.2}
 */
public final class NettyClient {
    private NettyClient() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (Office office = Office.open();
                ServerSocket listener = office.gateway().listen(7000)) {
            Thread.startVirtualThread(() -> serve(listener));
            TunnelNet net = office.net();
            // begin
            EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
            Bootstrap client = new Bootstrap().group(loops).channelFactory(net.nettyFactory());
            client.resolver(NoopAddressResolverGroup.INSTANCE).handler(new Printer());
            Channel channel = client.connect("server.office", 7000).sync().channel();
            channel.closeFuture().sync();
            loops.shutdownGracefully();
            // end
        }
    }

    /** Prints what it receives. */
    private static final class Printer extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf received) {
            System.out.println("the server said: " + received.toString(StandardCharsets.UTF_8));
        }
    }

    private static void serve(ServerSocket listener) {
        try (Socket client = listener.accept()) {
            String hello = "hello " + client.getInetAddress().getHostAddress();
            client.getOutputStream().write(hello.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            System.out.println("the server failed: " + e);
        }
    }
}
