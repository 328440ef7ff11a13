using ResNetMLNet.Trainer;

return FirstThread.Serve(() => Runner.RunAsync(args));
