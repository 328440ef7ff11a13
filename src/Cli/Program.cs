using ResNetMLNet.Cli;

return FirstThread.Serve(() => Runner.RunAsync(args));
